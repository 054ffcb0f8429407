/** The syntax tree of a FHIRPath expression of the kind search parameters use. */
export type Path =
  | { kind: 'name'; name: string }
  | { kind: 'child'; of: Path; name: string }
  | { kind: 'index'; of: Path; index: number }
  | { kind: 'call'; of?: Path; name: string; args: Path[] }
  | { kind: 'literal'; value: string | number | boolean }
  | { kind: 'type'; operator: 'as' | 'is'; of: Path; type: string }
  | { kind: 'binary'; operator: '|' | '=' | '!=' | 'and' | 'or'; left: Path; right: Path };

/** An expression outside the part of FHIRPath that is compiled here. */
export class PathNotUnderstood extends Error {}

const token = /\s*(?:(%resource|[A-Za-z_][A-Za-z0-9_]*)|'((?:[^'\\]|\\.)*)'|(\d+)|(!=|[.()[\]|=,]))/y;
type Token = { name?: string; text?: string; number?: string; sign?: string };

/** From the weakest to the strongest. Source: https://hl7.org/fhirpath/N1/#operator-precedence */
const precedence = ['or', 'and', '=', '|'] as const;

/** Most tokens of an expression; each may be a step deeper. Those of R4 have 200 at most. */
const MOST_TOKENS = 1_000;

/** Parses names, `.`, `[n]`, calls, `as`, `is`, `|`, `=`, `!=`, `and`, `or`, literals. Throws on anything else, and on what is very long. */
export function parsePath(expression: string): Path {
  const tokens = tokenize(expression);
  let at = 0;
  const peek = (text: string) => tokens[at]?.sign === text || tokens[at]?.name === text;
  const take = (text: string) => peek(text) && ++at > 0;
  const fail = (): never => {
    throw new PathNotUnderstood(`FHIRPath not understood at token ${at + 1}: ${expression}`);
  };
  const expect = (text: string) => take(text) || fail();
  const name = () => tokens[at++]?.name ?? fail();

  function binary(level: number): Path {
    const operator = precedence[level];
    if (!operator) return typed();
    let left = binary(level + 1);
    for (;;) {
      if (take(operator)) left = { kind: 'binary', operator, left, right: binary(level + 1) };
      else if (operator === '=' && take('!='))
        left = { kind: 'binary', operator: '!=', left, right: binary(level + 1) };
      else return left;
    }
  }

  function typed(): Path {
    const of = postfix();
    if (take('as')) return { kind: 'type', operator: 'as', of, type: name() };
    if (take('is')) return { kind: 'type', operator: 'is', of, type: name() };
    return of;
  }

  function postfix(): Path {
    let path = term();
    for (;;) {
      if (take('.')) path = invocation(path);
      else if (take('[')) {
        path = { kind: 'index', of: path, index: Number(tokens[at++]?.number ?? fail()) };
        expect(']');
      } else return path;
    }
  }

  function invocation(of?: Path): Path {
    const called = name();
    if (!take('(')) return of ? { kind: 'child', of, name: called } : { kind: 'name', name: called };
    const args: Path[] = [];
    while (!take(')')) {
      args.push(binary(0));
      if (!peek(')')) expect(',');
    }
    if (of && args.length === 1 && (called === 'as' || called === 'ofType'))
      return { kind: 'type', operator: 'as', of, type: typeName(args[0]!) };
    return { kind: 'call', ...(of ? { of } : {}), name: called, args };
  }

  function term(): Path {
    if (take('(')) {
      const inner = binary(0);
      expect(')');
      return inner;
    }
    const { text, number, name: word } = tokens[at] ?? fail();
    if (text !== undefined) return (at++, { kind: 'literal', value: text });
    if (number !== undefined) return (at++, { kind: 'literal', value: Number(number) });
    if (word === 'true' || word === 'false') return (at++, { kind: 'literal', value: word === 'true' });
    return invocation();
  }

  const typeName = (path: Path) => (path.kind === 'name' ? path.name : fail());

  const path = binary(0);
  return at === tokens.length ? path : fail();
}

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  const text = expression.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    if (tokens.length === MOST_TOKENS)
      throw new PathNotUnderstood(`FHIRPath of more than ${MOST_TOKENS} tokens: ${expression}`);
    const start = token.lastIndex;
    const match = token.exec(text);
    if (!match)
      throw new PathNotUnderstood(`FHIRPath not understood at character ${start + 1}: ${expression}`);
    const [, name, string, number, sign] = match;
    tokens.push({
      ...(name && { name }),
      ...(string !== undefined && { text: string }),
      ...(number && { number }),
      ...(sign && { sign }),
    });
  }
  return tokens;
}
