/** A place in a text, from 1. */
export type Position = { line: number; column: number };

const QUOTE = 34;
const BACKSLASH = 92;

/** FHIRPath of a place in parts: `Observation.value.ofType(Quantity).code` is value[Quantity], code. */
function partsOf(path: string): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const [, name, , type, index] of path.matchAll(/([A-Za-z_][\w-]*)(\.ofType\((\w+)\))?|\[(\d+)\]/g)) {
    if (index !== undefined) parts.push(Number(index));
    else if (type) parts.push(name! + type[0]!.toUpperCase() + type.slice(1));
    else parts.push(name!);
  }
  return parts.slice(1); // the type comes first
}

/** Walks JSON text without building what it says; the text is known to be well-formed. */
class Walker {
  private readonly text: string;
  at: number;

  constructor(text: string, from: number) {
    this.text = text;
    this.at = from;
  }

  space(): void {
    while (this.text.charCodeAt(this.at) <= 32) this.at++;
  }

  string(): string {
    const start = ++this.at;
    for (;;) {
      const end = this.text.indexOf('"', this.at);
      this.at = end + 1;
      let slashes = 0;
      while (this.text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
      if (end < 0) throw new RangeError('not JSON');
      if (slashes % 2 === 0) return this.text.slice(start, end);
    }
  }

  skip(): void {
    this.space();
    const first = this.text[this.at];
    if (first === '"') return void this.string();
    if (first !== '{' && first !== '[') {
      while (this.at < this.text.length && !/[,\]}\s]/.test(this.text[this.at]!)) this.at++;
      return;
    }
    let depth = 0;
    do {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.string();
        continue;
      }
      if (code === 123 || code === 91) depth++;
      else if (code === 125 || code === 93) depth--;
      this.at++;
    } while (depth > 0 && this.at < this.text.length);
  }

  /** Goes to a member or an item; false, at the end of what holds it, when there is none. */
  into(part: string | number): boolean {
    this.space();
    const opener = this.text[this.at];
    if (opener !== (typeof part === 'string' ? '{' : '[')) return false;
    this.at++;
    for (let index = 0; ; index++) {
      this.space();
      if (this.text[this.at] === '}' || this.text[this.at] === ']') return false;
      if (typeof part === 'string') {
        const name = this.string();
        this.space();
        this.at++; // the colon
        this.space();
        if (name === part) return true;
      } else if (index === part) return true;
      this.skip();
      this.space();
      if (this.text[this.at] === ',') this.at++;
    }
  }
}

/**
 * Where the element of a FHIRPath stands in the JSON text of its resource, which starts at `from`; where it is missing,
 * where its parent does. Undefined when the text is not as expected.
 */
export function locate(text: string, path: string, from = 0): Position | undefined {
  let at = from;
  try {
    for (const part of partsOf(path)) {
      const walker = new Walker(text, at);
      if (!walker.into(part)) {
        // an array is left out where there is one item alone and the fault is that it is no array
        if (part === 0) continue;
        break;
      }
      at = walker.at;
    }
  } catch {
    return undefined;
  }
  return positionAt(text, at);
}

/** Line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', start)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
