/** The operands of a FHIRPath expression's top-level `|`; a `|` within brackets or quotes parts nothing. */
export function unionBranches(expression: string): string[] {
  const branches: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at <= expression.length; at++) {
    const character = expression[at];
    if (character === "'" && expression[at - 1] !== '\\') quoted = !quoted;
    else if (character === '(' && !quoted) depth++;
    else if (character === ')' && !quoted) depth--;
    if (at === expression.length || (character === '|' && depth === 0 && !quoted)) {
      branches.push(expression.slice(start, at).trim());
      start = at + 1;
    }
  }
  return branches;
}
