import type { StartTag } from './secure-parser.ts';

/** An element that has no place in the layout, kept whole as text so that nothing read is lost. */
export class StrayElement {
  readonly name: string;
  private readonly names: string[] = [];
  private depth = 1;
  private count = 0;
  private content: string;

  constructor(name: string, tag: StartTag) {
    this.name = name;
    this.content = this.start(tag);
  }

  open(_name: string, tag: StartTag): void {
    this.depth++;
    this.content += this.start(tag);
  }

  text(text: string): void {
    this.content += escapeXml(text);
  }

  /** True when this closes the stray element itself. */
  close(): boolean {
    this.content += `</${this.names.pop()}>`;
    return --this.depth === 0;
  }

  xml(): string {
    return this.content;
  }

  /** How many elements it holds, itself included. */
  get elements(): number {
    return this.count;
  }

  private start({ name, attributes }: StartTag): string {
    this.names.push(name);
    this.count++;
    const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
    return `<${name}${written.join('')}>`;
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as it may stand between tags. */
export const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => entities[character]!);
