/** HTML that is safe to send. */
export type Html = { html: string };

/** A template whose values are escaped, unless they are Html themselves; lists are joined, nothing is left out. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return { html: parts.reduce((whole, part, at) => whole + shown(values[at - 1]) + part) };
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === false) return '';
  if (Array.isArray(value)) return value.map(shown).join('');
  if (typeof value === 'object' && 'html' in value) return (value as Html).html;
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
