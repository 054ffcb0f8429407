import { type Finding, finding, mostAside, type Quarantined } from './finding.ts';
import { StrayElement } from './stray.ts';
import { secureParser, type StartTag, utf8, XmlFault } from './secure-parser.ts';

/** One FILEHOSO: the table it says it is, and its content still in Base64. */
export type TableFile = { kind: string; content: string };

/** One HOSO: its files, and what lay in it where the layout has no place. */
export type RawDossier = { files: TableFile[]; strays: Quarantined[] };

/** A submission taken apart down to its still encoded tables. */
export type Envelope = {
  /** MACSKCB as sent; empty when missing. */
  facility: string;
  /** NGAYLAP as sent. */
  created?: string;
  dossiers: RawDossier[];
  /** The content of CHUKYDONVI as sent; absent when empty. Not verified here. */
  signature?: string;
  findings: Finding[];
  /** Elements outside any HOSO that the layout does not know. */
  strays: Quarantined[];
};

/** An envelope that cannot be read at all: nothing of it was taken. */
export class EnvelopeFault extends Error {
  readonly finding: Finding;

  constructor(found: Finding, message: string) {
    super(message);
    this.name = 'EnvelopeFault';
    this.finding = found;
  }
}

/** Where each element belongs. */
const places: Readonly<Record<string, string>> = {
  GIAMDINHHS: '',
  THONGTINDONVI: 'GIAMDINHHS',
  MACSKCB: 'THONGTINDONVI',
  THONGTINHOSO: 'GIAMDINHHS',
  NGAYLAP: 'THONGTINHOSO',
  SOLUONGHOSO: 'THONGTINHOSO',
  DANHSACHHOSO: 'THONGTINHOSO',
  HOSO: 'DANHSACHHOSO',
  FILEHOSO: 'HOSO',
  LOAIHOSO: 'FILEHOSO',
  NOIDUNGFILE: 'FILEHOSO',
  CHUKYDONVI: 'GIAMDINHHS',
};

/**
 * Reads a GIAMDINHHS envelope from pieces of bytes. Throws EnvelopeFault when it is not well-formed UTF-8 XML, has a
 * document type or entities, has another root, ends early, or holds no dossier.
 */
export async function readEnvelope(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Envelope> {
  const reader = new EnvelopeReader();
  const parser = secureParser(reader);
  const decode = utf8();
  try {
    for await (const piece of bytes) parser.write(decode(piece));
    parser.write(decode(new Uint8Array(), true));
    parser.close();
  } catch (error) {
    if (error instanceof XmlFault)
      throw new EnvelopeFault(finding('error', error.rule, { table: 'GIAMDINHHS' }), error.message);
    throw error;
  }
  return reader.finish();
}

/** Elements that hold text. */
const leaves = new Set(['MACSKCB', 'NGAYLAP', 'SOLUONGHOSO', 'LOAIHOSO', 'NOIDUNGFILE', 'CHUKYDONVI']);

const envelopeTable = { table: 'GIAMDINHHS' };

/** Dossiers and files that one envelope may have: each takes some hundred bytes, however short it is. */
const mostParts = 200_000;

/** Characters of Base64 of one dossier: it is read, checked and stored as a whole. */
const largestDossier = 24 * 1024 * 1024;

class EnvelopeReader {
  private readonly path: string[] = [];
  private readonly leaves: Record<string, string> = {};
  private readonly envelope: Envelope = { facility: '', dossiers: [], findings: [], strays: [] };
  private stray: StrayElement | undefined;
  private content = '';
  private file: Partial<TableFile> = {};
  private parts = 0;
  private aside = 0;
  private dossierLength = 0;

  open(name: string, tag: StartTag): void {
    if (this.stray) return this.stray.open(name, tag);
    const parent = this.path.at(-1) ?? '';
    if (this.path.length === 0 && name !== 'GIAMDINHHS') {
      throw new XmlFault('root', `the root element is ${name}; GIAMDINHHS is read here`);
    }
    if (places[name] !== parent || this.saidBefore(name)) {
      this.stray = new StrayElement(name, tag);
      return;
    }
    this.path.push(name);
    this.content = '';
    if (name === 'HOSO') this.beginDossier();
    if (name === 'FILEHOSO') this.file = {};
  }

  text(text: string): void {
    if (this.stray) this.stray.text(text);
    else if (leaves.has(this.path.at(-1) ?? '')) this.content += text;
    else if (/\S/.test(text) && this.path.length > 0)
      this.keep(finding('warning', 'nesting', envelopeTable), text.trim());
  }

  close(name: string): void {
    if (this.stray) {
      if (this.stray.close()) this.putAside(this.stray);
      return;
    }
    this.path.pop();
    if (name === 'LOAIHOSO') this.file.kind = this.content.trim();
    else if (name === 'NOIDUNGFILE') this.file.content = this.content;
    else if (name === 'FILEHOSO') this.endFile();
    else if (name === 'MACSKCB' || name === 'NGAYLAP' || name === 'SOLUONGHOSO')
      this.leaves[name] = this.content.trim();
    else if (name === 'CHUKYDONVI' && this.content.trim()) this.sign(this.content.trim());
    this.content = '';
  }

  finish(): Envelope {
    const { envelope, leaves } = this;
    envelope.facility = leaves.MACSKCB ?? '';
    if (leaves.NGAYLAP) envelope.created = leaves.NGAYLAP;
    if (envelope.dossiers.length === 0) {
      throw new EnvelopeFault(
        finding('error', 'required', { table: 'GIAMDINHHS', field: 'HOSO' }),
        'the envelope holds no HOSO under THONGTINHOSO/DANHSACHHOSO',
      );
    }
    if (leaves.SOLUONGHOSO !== undefined && Number(leaves.SOLUONGHOSO) !== envelope.dossiers.length) {
      envelope.findings.push(finding('warning', 'count', { table: 'GIAMDINHHS', field: 'SOLUONGHOSO' }));
    }
    return envelope;
  }

  private beginDossier(): void {
    this.countPart();
    this.dossierLength = 0;
    this.envelope.dossiers.push({ files: [], strays: [] });
  }

  private countPart(): void {
    if (++this.parts > mostParts)
      throw new XmlFault('length', `an envelope has at most ${mostParts} dossiers and files`);
  }

  private endFile(): void {
    this.countPart();
    this.dossierLength += this.file.content?.length ?? 0;
    if (this.dossierLength > largestDossier)
      throw new XmlFault(
        'length',
        `a dossier is at most ${largestDossier / 1024 / 1024} MiB; send the visit in parts`,
      );
    this.envelope.dossiers
      .at(-1)!
      .files.push({ kind: this.file.kind ?? '', content: this.file.content ?? '' });
  }

  private sign(text: string): void {
    this.envelope.signature = (this.envelope.signature ?? '') + text;
  }

  private putAside(stray: StrayElement): void {
    this.stray = undefined;
    if (this.path.at(-1) === 'CHUKYDONVI') return this.sign(stray.xml());
    const at = { ...envelopeTable, field: stray.name };
    const rule = !(stray.name in places)
      ? 'unknown-field'
      : this.saidBefore(stray.name)
        ? 'repeated-field'
        : 'nesting';
    this.keep(finding('warning', rule, at), stray.xml());
  }

  private keep(found: Finding, raw: string): void {
    if (++this.aside > mostAside)
      throw new XmlFault('length', `more than ${mostAside} elements have no place in an envelope`);
    const inDossier = this.path.includes('HOSO');
    (inDossier ? this.envelope.dossiers.at(-1)!.strays : this.envelope.strays).push({ ...found, raw });
  }

  /** Whether a leaf of this place has its value already. */
  private saidBefore(name: string): boolean {
    if (name === 'LOAIHOSO') return this.file.kind !== undefined;
    if (name === 'NOIDUNGFILE') return this.file.content !== undefined;
    return this.leaves[name] !== undefined;
  }
}
