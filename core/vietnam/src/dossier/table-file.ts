import { finding, type Finding, mostAside, type Quarantined } from './finding.ts';
import { layouts } from './layout.ts';
import { secureParser, type StartTag, utf8, XmlFault } from './secure-parser.ts';
import { escapeXml, StrayElement } from './stray.ts';

/** A row as read: field values in NFC, trimmed, empty ones included. */
export type Row = {
  /** From 1, in the order of the file. */
  number: number;
  fields: Record<string, string>;
};

/** One table file, read or set aside. */
export type TableRead = {
  /** `XML1` … `XML15`, or what LOAIHOSO says when the standard has no such table. */
  table: string;
  rows: Row[];
  /** Exactly what was sent, decoded; absent when it could not be decoded. */
  text?: string;
  findings: Finding[];
  quarantine: Quarantined[];
  /** Leaf elements met while reading, wherever they ended up. */
  elements: number;
};

/** Reads one FILEHOSO: Base64, UTF-8, then rows by the layout of its table. Never throws: what fails is set aside. */
export function readTableFile(kind: string, content: string): TableRead {
  const table = kind.toUpperCase() || 'FILEHOSO';
  const read: TableRead = { table, rows: [], findings: [], quarantine: [], elements: 0 };
  let text: string | undefined;
  try {
    text = decodeBase64(content);
    if (!layouts[table]) throw new XmlFault('unknown-table', `no table ${kind}`);
    const reader = new RowReader(read);
    const parser = secureParser(reader);
    parser.write(text);
    parser.close();
    read.text = text;
    if (read.rows.length === 0) read.findings.push(finding('warning', 'empty-table', { table }));
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    const found = finding(
      'error',
      error.rule,
      { table },
      { expected: { vi: error.message, en: error.message } },
    );
    return { ...read, rows: [], findings: [], quarantine: [{ ...found, raw: text ?? content }], elements: 1 };
  }
  return read;
}

const tooMuchAside = () =>
  new XmlFault('length', `more than ${mostAside} elements have no place in the table`);

/** Largest table in bytes, and in rows: as many resources as one transaction takes. */
const largest = 16 * 1024 * 1024;
const mostRows = 10_000;
const mostFields = 1_000;

function decodeBase64(content: string): string {
  const base64 = content.replace(/\s+/g, '');
  if (base64.length > largest * (4 / 3))
    throw new XmlFault('length', `a table is at most ${largest / 1024 / 1024} MiB; send the visit in parts`);
  if (base64 === '') throw new XmlFault('required', 'NOIDUNGFILE is empty');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.replace(/=+$/, '').length % 4 === 1)
    throw new XmlFault('base64', 'NOIDUNGFILE is not Base64');
  const text = utf8()(Buffer.from(base64, 'base64'), true).replace(/^[\ufeff\s]+/, '');
  if (
    !text.startsWith('<') &&
    /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text) &&
    atob64(text.slice(0, lookedAt)).startsWith('<')
  )
    throw new XmlFault('double-base64', 'NOIDUNGFILE is Base64 of Base64');
  return text;
}

/** Characters of a text that tell whether it is Base64 of XML. */
const lookedAt = 4096;

const atob64 = (text: string) =>
  Buffer.from(text, 'base64')
    .toString('latin1')
    .replace(/^[\xef\xbb\xbf\s]+/, '');

/** Follows the layout of a table; whatever has no place in it is set aside whole. */
class RowReader {
  private readonly read: TableRead;
  /** Element names from the root down to a row. */
  private readonly frame: string[];
  private depth = 0;
  private row: Row | undefined;
  private field: string | undefined;
  private content = '';
  private fields = 0;
  private stray: StrayElement | undefined;

  constructor(read: TableRead) {
    this.read = read;
    const layout = layouts[read.table]!;
    this.frame = layout.row ? [layout.root, layout.list!, layout.row] : [layout.root];
  }

  open(name: string, tag: StartTag): void {
    if (this.stray) return this.stray.open(name, tag);
    if (this.field !== undefined) {
      // A field holds text only: what it wraps is set aside, the field keeps its text.
      this.stray = new StrayElement(name, tag);
      return;
    }
    if (this.row) {
      this.field = name;
      this.content = '';
      return;
    }
    if (this.depth === 0 && name !== this.frame[0])
      throw new XmlFault('root', `${this.read.table} has root ${this.frame[0]}, not ${name}`);
    if (name !== this.frame[this.depth]) {
      this.stray = new StrayElement(name, tag);
      return;
    }
    this.depth++;
    if (this.depth === this.frame.length) {
      if (this.read.rows.length >= mostRows)
        throw new XmlFault('length', `a table has at most ${mostRows} rows; send the visit in parts`);
      this.fields = 0;
      this.row = { number: this.read.rows.length + 1, fields: Object.create(null) as Record<string, string> };
      this.read.rows.push(this.row);
    }
  }

  text(text: string): void {
    if (this.stray) this.stray.text(text);
    else if (this.field !== undefined) this.content += text;
    else if (/\S/.test(text)) this.looseText(text.trim());
  }

  close(): void {
    if (this.stray) {
      if (this.stray.close()) this.putAside();
    } else if (this.field !== undefined) {
      this.endField(this.field);
    } else {
      this.depth--;
      this.row = undefined;
    }
  }

  private endField(name: string): void {
    this.read.elements++;
    this.field = undefined;
    const value = this.content.normalize('NFC').trim();
    const { fields } = this.row!;
    if (++this.fields > mostFields) throw new XmlFault('length', `a row has at most ${mostFields} fields`);
    if (name in fields) this.setAside(finding('warning', 'repeated-field', this.at(name)), value);
    else fields[name] = value;
  }

  /** Words between elements, where the layout has none. */
  private looseText(text: string): void {
    this.read.elements++;
    const at = { table: this.read.table, row: this.row?.number };
    this.setAside(finding('warning', 'nesting', at), text);
  }

  private putAside(): void {
    const stray = this.stray!;
    this.stray = undefined;
    this.read.elements++;
    this.setAside(finding('warning', 'nesting', this.at(stray.name)), stray.xml());
  }

  private setAside(found: Finding, raw: string): void {
    if (this.read.quarantine.length >= mostAside) throw tooMuchAside();
    this.read.quarantine.push({ ...found, raw });
  }

  private at(field: string) {
    return { table: this.read.table, field, row: this.row?.number };
  }
}

/** A table written again from its rows: what is attached when some of it was set aside. */
export function writeTable(table: string, rows: readonly Row[]): string {
  const { root, list, row } = layouts[table]!;
  const body = rows.map(({ fields }) =>
    Object.entries(fields)
      .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
      .join(''),
  );
  const inner = row
    ? `<${list}>${body.map((fields) => `<${row}>${fields}</${row}>`).join('')}</${list}>`
    : body.join('');
  return `<?xml version="1.0" encoding="UTF-8"?><${root}>${inner}</${root}>`;
}
