type DuplicateName = { line: number; column: number; name: string };

const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;

/**
 * Finds the first property name that its object has already: `JSON.parse` takes the last, others the first, so
 * neither is taken. Its place is counted from 1. Source: https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function findDuplicateName(text: string): DuplicateName | undefined {
  const objects: Set<string>[] = [];
  for (const { 0: found, 1: colon, index } of text.matchAll(token)) {
    if (found === '{') objects.push(new Set());
    else if (found === '}') objects.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(found.slice(0, -colon.length)) as string;
      const names = objects.at(-1)!;
      if (names.has(name)) return place(text, index, name);
      names.add(name);
    }
  }
  return undefined;
}

function place(text: string, at: number, name: string): DuplicateName {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n'), name };
}
