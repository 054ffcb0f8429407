/** placeholder */
export function DoorsPage() {
  return <main />;
}
