/** Whether two words (small letters, no marks) differ by one slip of the hand, or sound alike to many ears. */
export function similar(one: string, other: string): boolean {
  if (one === other) return true;
  if (sound(one) === sound(other)) return true;
  return Math.min(one.length, other.length) >= 3 && isOneSlip(one, other);
}

/** How a word sounds where s and x, tr and ch, d and gi, l and n, final n and ng, t and c are not told apart. */
const sound = (word: string): string =>
  word
    .replace(/^tr/, 'ch')
    .replace(/^s/, 'x')
    .replace(/^(gi(?=[aeou])|r)/, 'd')
    .replace(/^l/, 'n')
    .replace(/ngh?$/, 'n')
    .replace(/nh$/, 'n')
    .replace(/c$/, 't');

/** One letter missing, too many or replaced, or two neighbours exchanged. */
export function isOneSlip(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  if (short.slice(at + 1) === long.slice(at + 1)) return true;
  return (
    short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2)
  );
}
