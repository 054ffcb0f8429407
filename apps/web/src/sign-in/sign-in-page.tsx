/** placeholder */
export function SignInPage() {
  return <main />;
}
