import { syntaxFault } from './fault.ts';

export type Token = {
  kind: 'name' | 'quoted-name' | 'string' | 'number' | 'temporal' | 'special' | 'variable' | 'symbol' | 'end';
  /** Content without quotes and with escapes resolved. */
  text: string;
  /** Offset in the expression. */
  at: number;
};

const patterns = {
  blank: /(?:\s+|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)+/y,
  name: /[A-Za-z_][A-Za-z0-9_]*/y,
  number: /\d+(?:\.\d+)?/y,
  temporal:
    /@(?:T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?|\d{4}(?:-\d\d(?:-\d\d)?)?(?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)/y,
  special: /\$(?:this|index|total)\b/y,
  symbol: /<=|>=|!=|!~|[.,()[\]{}|+\-*/&=~<>]/y,
};

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f' };

/** Cuts an expression into tokens, the last of kind 'end'. Throws OutcomeError with the position. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    if (match !== undefined) at += match.length;
    return match;
  };
  const quoted = (): string => {
    const start = at;
    const [content, end] = readQuoted(text, start);
    at = end;
    return content;
  };
  for (;;) {
    take(patterns.blank);
    const start = at;
    const character = text[at];
    if (character === undefined) break;
    if (text.startsWith('/*', at)) throw syntaxFault(text, at, 'this comment has no end. Close it with */');
    if (character === "'" || character === '"') found.push({ kind: 'string', text: quoted(), at: start });
    else if (character === '`') found.push({ kind: 'quoted-name', text: quoted(), at: start });
    else if (character === '%') {
      at++;
      const next = text[at];
      const name = next === '`' || next === "'" || next === '"' ? quoted() : take(patterns.name);
      if (name === undefined) throw syntaxFault(text, at, 'expected a name after %');
      found.push({ kind: 'variable', text: name, at: start });
    } else {
      const token = plainToken(take, start);
      if (!token) throw syntaxFault(text, at, whyNot(text, at));
      found.push(token);
    }
  }
  found.push({ kind: 'end', text: '', at });
  return found;
}

function plainToken(take: (pattern: RegExp) => string | undefined, at: number): Token | undefined {
  for (const kind of ['name', 'number', 'temporal', 'special', 'symbol'] as const) {
    const text = take(patterns[kind]);
    if (text !== undefined) return { kind, text, at };
  }
  return undefined;
}

function whyNot(text: string, at: number): string {
  if (text[at] === '@') return 'a date reads @2024-03-31, a time @T08:00:00';
  return `'${String.fromCodePoint(text.codePointAt(at)!)}' has no meaning here`;
}

/** The content of a quoted piece that starts at `start`, and the offset after it. */
function readQuoted(text: string, start: number): [string, number] {
  const quote = text[start]!;
  let content = '';
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === quote) return [content, at + 1];
    if (character !== '\\') {
      content += character;
      continue;
    }
    const escaped = text[++at] ?? '';
    if (escaped === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5))) {
      content += String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 5), 16));
      at += 4;
    } else if (escapes[escaped] !== undefined) content += escapes[escaped];
    else if (escaped !== '' && '\'"`\\/'.includes(escaped)) content += escaped;
    else throw syntaxFault(text, at - 1, `'\\${escaped}' is no escape. Write \\\\ for a backslash`);
  }
  throw syntaxFault(text, start, `this ${quote} is never closed`);
}
