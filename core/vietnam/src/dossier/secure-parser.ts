import { SaxesParser } from 'saxes';
import type { Rule } from './finding.ts';

/** XML that cannot be read: which rule it breaks and, where known, line and column. */
export class XmlFault extends Error {
  readonly rule: Rule;

  constructor(rule: Rule, message: string) {
    super(message);
    this.name = 'XmlFault';
    this.rule = rule;
  }
}

/** Deepest nesting that is followed; the standard needs seven. */
const maxDepth = 64;

/** A start tag as written, prefix and attributes included. */
export type StartTag = { name: string; attributes: Readonly<Record<string, string>> };

/** What a reader of elements is told. Names come without a namespace prefix; text and CDATA are one. */
export type ElementEvents = {
  open(name: string, tag: StartTag): void;
  text(text: string): void;
  close(name: string): void;
};

/**
 * A parser of XML 1.0 (no control characters) without document types, entities of its own, or any encoding but UTF-8. `write` takes text in pieces,
 * `close` ends it; both throw XmlFault.
 */
export function secureParser(events: ElementEvents): { write(text: string): void; close(): void } {
  const parser = new SaxesParser({ position: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  let depth = 0;
  let started = false;
  parser.on('doctype', () => {
    throw new XmlFault('doctype', 'a DOCTYPE is not allowed');
  });
  parser.on('xmldecl', (declaration) => {
    const encoding = declaration.encoding?.toLowerCase();
    if (encoding && encoding !== 'utf-8' && encoding !== 'utf8')
      throw new XmlFault('encoding', `the XML declares encoding ${declaration.encoding}; only UTF-8 is read`);
  });
  parser.on('opentag', (tag) => {
    if (++depth > maxDepth) throw new XmlFault('nesting', `elements nest deeper than ${maxDepth}`);
    events.open(local(tag.name), tag as StartTag);
  });
  parser.on('closetag', (tag) => {
    depth--;
    events.close(local(tag.name));
  });
  parser.on('text', (text) => events.text(text));
  parser.on('cdata', (text) => events.text(text));

  const guarded = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (error instanceof XmlFault) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new XmlFault(/entity/.test(message) ? 'entity' : 'xml', message.slice(0, 200));
    }
  };
  return {
    write: (text) =>
      guarded(() => {
        const rest = started ? text : text.replace(/^[\ufeff\s]+/, '');
        started ||= rest !== '';
        parser.write(rest);
      }),
    close: () =>
      guarded(() => {
        if (!started) throw new XmlFault('xml', 'the document is empty');
        parser.close();
      }),
  };
}

const local = (name: string) => name.slice(name.indexOf(':') + 1);

/** UTF-8 bytes as text, piece by piece; throws XmlFault for anything else. */
export function utf8(): (bytes: Uint8Array, last?: boolean) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (bytes, last = false) => {
    try {
      return decoder.decode(bytes, { stream: !last });
    } catch {
      throw new XmlFault('encoding', 'the bytes are not UTF-8');
    }
  };
}
