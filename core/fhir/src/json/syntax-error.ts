/** Where JSON goes wrong, counted from 1, and what stood in its place. */
export type SyntaxFault = { line: number; column: number; why: string };

const whitespace = /[ \t\r\n]*/y;
const scalar =
  /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Finds the first fault of a text that `JSON.parse` has refused. */
export function findSyntaxFault(text: string): SyntaxFault {
  let at = 0;
  const skip = (pattern: RegExp) => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const next = () => {
    skip(whitespace);
    return text[at];
  };
  const take = (character: string) => next() === character && ++at > 0;

  const closers: string[] = [];
  for (;;) {
    // one value (after a key, in an object)
    if (closers.at(-1) === '}') {
      if (next() !== '"' || !skip(scalar))
        return fault(text, at, 'expected a property name in double quotes');
      if (!take(':')) return fault(text, at, "expected ':' after the property name");
    }
    const first = next();
    if (first === '{' || first === '[') {
      at++;
      const closer = first === '{' ? '}' : ']';
      if (!take(closer)) {
        closers.push(closer);
        continue;
      }
    } else if (!skip(scalar)) return fault(text, at, 'expected a JSON value');
    // what follows it
    while (closers.length > 0 && take(closers.at(-1)!)) closers.pop();
    if (closers.length === 0) return fault(text, (next(), at), 'expected the end of the document');
    if (!take(',')) return fault(text, at, `expected ',' or '${closers.at(-1)}'`);
  }
}

function fault(text: string, at: number, expected: string): SyntaxFault {
  const before = text.slice(0, at);
  const why = at >= text.length ? `${expected}, but the text ends here` : expected;
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n'), why };
}
