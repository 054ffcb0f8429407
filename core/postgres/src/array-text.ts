/** Anything the text form of an array takes only in quotes. */
const mustQuote = /[\s,{}"\\]|^$|^null$/i;

/**
 * Values as one array in PostgreSQL's text form: a parameter with a cast behind it, `${arrayText(list, ({ id }) => id)}::uuid[]`.
 * The driver's own arrays are serialised element by element through its table of types, which costs several times as
 * much. Source: https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO
 */
export function arrayText<T>(
  list: readonly T[],
  value: (one: T) => string | number | null | undefined,
): string {
  let text = '{';
  for (let at = 0; at < list.length; at++) {
    if (at > 0) text += ',';
    const element = value(list[at]!);
    if (element === null || element === undefined) text += 'NULL';
    else if (typeof element === 'number') text += element;
    else text += mustQuote.test(element) ? `"${element.replace(/["\\]/g, '\\$&')}"` : element;
  }
  return `${text}}`;
}
