/** LIKE patterns of texts that hold one of these strings as they are. */
export const containing = (strings: readonly string[]): string[] =>
  strings.map((string) => `%${string.replaceAll(/[\\%_]/g, '\\$&')}%`);
