/**
 * Splits at a separator that no backslash escapes; the parts keep their escapes.
 * Source: https://hl7.org/fhir/R4/search.html#escaping
 */
export function splitEscaped(text: string, separator: ',' | '|' | '$'): string[] {
  if (!text.includes('\\')) return text.split(separator);
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\' && at + 1 < text.length) part += character + text[++at]!;
    else if (character === separator) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part];
}

/** Takes the backslashes off `\,` `\|` `\$` and `\\`. */
export function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,|$\\])/g, '$1') : text;
}
