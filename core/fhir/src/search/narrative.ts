import type { Resource } from '../interactions.ts';

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The words of the narrative: what `_text` looks at. Source: https://hl7.org/fhir/R4/search.html#text */
export function narrativeText(resource: Resource): string {
  const div = (resource['text'] as { div?: unknown } | undefined)?.div;
  return typeof div === 'string' ? plainText(div) : '';
}

/** Every text of the resource, the narrative's words among them: what `_content` looks at. Source: https://hl7.org/fhir/R4/search.html#content */
export function contentText(resource: Resource): string {
  const texts: string[] = [];
  collect(resource, texts);
  return texts.join('\n');
}

function collect(node: unknown, texts: string[]): void {
  if (typeof node === 'string') texts.push(node.includes('<') ? plainText(node) : node);
  else if (Array.isArray(node)) for (const item of node) collect(item, texts);
  else if (typeof node === 'object' && node !== null)
    for (const item of Object.values(node)) collect(item, texts);
}

/** XHTML without its tags; every tag parts two words. */
function plainText(xhtml: string): string {
  return xhtml
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,6}));/gi, (whole, decimal, hex, name: string) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
      return point <= 0x10ffff ? String.fromCodePoint(point) : ' ';
    });
}
