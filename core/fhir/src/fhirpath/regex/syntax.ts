/** A regular expression as a tree; `source` is a piece that stands for one character or one position. */
export type RegexNode =
  | { kind: 'character'; source: string }
  | { kind: 'position'; source: string }
  | { kind: 'sequence'; parts: RegexNode[] }
  | { kind: 'choice'; parts: RegexNode[] }
  | { kind: 'repeat'; of: RegexNode; least: number; most: number };

/** Reads a pattern that JavaScript accepts; undefined when it looks around or back, which no linear matcher can do. */
export function parseRegex(source: string): RegexNode | undefined {
  const reader = { source, at: 0, depth: 0 };
  try {
    return choice(reader);
  } catch (error) {
    if (error === unsupported) return undefined;
    throw error;
  }
}

const unsupported = Symbol('unsupported');
type Reader = { source: string; at: number; depth: number };

function choice(reader: Reader): RegexNode {
  if (++reader.depth > 100) throw unsupported;
  const parts = [sequence(reader)];
  while (reader.source[reader.at] === '|') {
    reader.at++;
    parts.push(sequence(reader));
  }
  reader.depth--;
  return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
}

function sequence(reader: Reader): RegexNode {
  const parts: RegexNode[] = [];
  for (;;) {
    const next = reader.source[reader.at];
    if (next === undefined || next === '|' || next === ')') break;
    parts.push(repeated(reader, atom(reader)));
  }
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
}

const groupStart = /\((?:\?:|\?<[A-Za-z_$][\w$]*>|(?!\?))/y;
const characterClass = /\[(?:\\[\s\S]|[^\]\\])*\]/y;
const escaped = /\\(?:[pP]\{[\w=]+\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[A-Za-z]|0(?!\d)|[^0-9k])/y;

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.source)?.[0];
  if (match !== undefined) reader.at += match.length;
  return match;
}

function atom(reader: Reader): RegexNode {
  const { source } = reader;
  const character = source[reader.at]!;
  switch (character) {
    case '(': {
      if (take(reader, groupStart) === undefined) throw unsupported;
      const inner = choice(reader);
      reader.at++; // the closing bracket
      return inner;
    }
    case '[':
      return { kind: 'character', source: take(reader, characterClass) ?? fail() };
    case '\\': {
      const piece = take(reader, escaped) ?? fail();
      return { kind: piece === '\\b' || piece === '\\B' ? 'position' : 'character', source: piece };
    }
    case '^':
    case '$':
      reader.at++;
      return { kind: 'position', source: character };
    default:
      reader.at++;
      return { kind: 'character', source: '{}]/'.includes(character) ? `\\${character}` : character };
  }
}

function fail(): never {
  throw unsupported;
}

const quantifier = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y;

function repeated(reader: Reader, of: RegexNode): RegexNode {
  const text = take(reader, quantifier);
  if (text === undefined) return of;
  switch (text[0]) {
    case '*':
      return { kind: 'repeat', of, least: 0, most: Infinity };
    case '+':
      return { kind: 'repeat', of, least: 1, most: Infinity };
    case '?':
      return { kind: 'repeat', of, least: 0, most: 1 };
    default: {
      const [least = '', most] = text.slice(1, text.indexOf('}')).split(',');
      return {
        kind: 'repeat',
        of,
        least: Number(least),
        most: most === undefined ? Number(least) : most === '' ? Infinity : Number(most),
      };
    }
  }
}
