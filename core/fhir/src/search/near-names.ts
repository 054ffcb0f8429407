/** The known names most like a mistyped one, the most alike first; at most five. */
export function nearNames(name: string, known: Iterable<string>): string[] {
  if (name.length > longestName) return [];
  const wanted = name.toLowerCase();
  return [...known]
    .map((one) => ({
      one,
      distance: one.toLowerCase().includes(wanted) ? 1 : edits(wanted, one.toLowerCase()),
    }))
    .filter(({ distance }) => distance <= Math.max(2, wanted.length / 3))
    .sort((a, b) => a.distance - b.distance || (a.one < b.one ? -1 : 1))
    .slice(0, 5)
    .map(({ one }) => one);
}

/** A longer one is no slip of the pen, and the distance costs its length. */
const longestName = 64;

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
