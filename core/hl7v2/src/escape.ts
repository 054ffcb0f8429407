/** The characters that part a message, as MSH-1 and MSH-2 set them. */
export type Separators = {
  field: string;
  component: string;
  repetition: string;
  escape: string;
  subcomponent: string;
};

/** What nearly everybody uses. Source: HL7 v2.5.1 2.5.4 */
export const STANDARD_SEPARATORS: Separators = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
};

/** The text behind its escape sequences; highlighting and unknown ones are dropped. Source: HL7 v2.5.1 2.7 */
export function unescape(text: string, separators: Separators = STANDARD_SEPARATORS): string {
  const { escape } = separators;
  if (!escape || !text.includes(escape)) return text;
  const parts = text.split(escape);
  // an odd part lies between two escape characters; the last may lie behind a lone one
  return parts
    .map((part, at) => {
      if (at % 2 === 0) return part;
      if (at === parts.length - 1) return escape + part;
      return meaning(part, separators);
    })
    .join('');
}

function meaning(
  sequence: string,
  { field, component, repetition, escape, subcomponent }: Separators,
): string {
  switch (sequence) {
    case 'F':
      return field;
    case 'S':
      return component;
    case 'R':
      return repetition;
    case 'E':
      return escape;
    case 'T':
      return subcomponent;
    case '.br':
    case '.sp':
      return '\n';
  }
  const hex = /^X((?:[0-9A-Fa-f]{2})+)$/.exec(sequence)?.[1];
  return hex ? Buffer.from(hex, 'hex').toString('utf8') : '';
}

/** The text so that it can stand in a field: what would part the message is written as an escape sequence. */
export function escapeText(text: string, separators: Separators = STANDARD_SEPARATORS): string {
  const { field, component, repetition, escape, subcomponent } = separators;
  const sequences: Record<string, string> = {
    [field]: 'F',
    [component]: 'S',
    [repetition]: 'R',
    [escape]: 'E',
    [subcomponent]: 'T',
    '\r': '.br',
    '\n': '.br',
  };
  return [...text.replaceAll('\r\n', '\n')]
    .map((char) => (char in sequences ? `${escape}${sequences[char]}${escape}` : char))
    .join('');
}
