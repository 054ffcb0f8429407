import { gunzipSync } from 'node:zlib';
import { checkDossierFile } from './dossier/check-dossier.ts';
import { checkFhir } from './fhir/check-fhir.ts';
import { type Finding, Findings } from './finding.ts';
import { type Unchecked, uncheckedWords } from './lists/unchecked.ts';
import { checkHl7 } from './hl7/check-hl7.ts';
import { type CheckOptions, nothingSeen, type Seen } from './options.ts';
import type { Area } from './rules/rule.ts';
import { unwrapped } from './text/unwrapped.ts';
import { decode } from './text/decode.ts';

/** A file to be looked at. `name` is how reports call it. */
export type Source = { name: string; bytes: Uint8Array };

/** What one file is, and what is wrong with it. */
export type FileReport = {
  name: string;
  /** `unknown`: neither JSON, XML nor HL7 v2; nothing could be checked. `endpoint`: a live FHIR server. */
  format: Exclude<Area, 'text'> | 'unknown';
  /** How many there are of what it holds: resources by type, dossiers and tables, messages. */
  content: Record<string, number>;
  findings: Finding[];
  /** What was met and could not be checked, by name. */
  unchecked: Unchecked[];
};

/** Largest text of a packed file, in bytes. */
const LARGEST = 512 * 1024 * 1024;

/** Looks at one file. Never throws for what it holds; `seen` carries over from the files before. */
export async function checkFile(
  source: Source,
  options: CheckOptions = {},
  seen: Seen = nothingSeen(),
): Promise<FileReport> {
  const findings = new Findings(options);
  const bytes = unpacked(source.bytes);
  const { text: whole, bom } = decode(bytes, findings, '');
  const plain = whole.replace(/^\ufeff/, '');
  const text = unwrapped(plain, findings) ?? plain;
  const format = formatOf(text);
  if (bom) noteMark(format, findings);
  const content = await look(format, text, findings, options, seen, source.name);
  return {
    name: source.name,
    format,
    content,
    findings: findings.list,
    unchecked: uncheckedWords(findings.left),
  };
}

function unpacked(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST });
  } catch {
    return bytes;
  }
}

function formatOf(text: string): FileReport['format'] {
  const start = text.trimStart();
  if (/^[{[]/.test(start)) return 'fhir';
  if (start.startsWith('<')) return 'xml';
  return /^[\u000b\s]*(MSH|FHS|BHS)\W/.test(text) ? 'hl7' : 'unknown';
}

async function look(
  format: FileReport['format'],
  text: string,
  findings: Findings,
  options: CheckOptions,
  seen: Seen,
  name: string,
): Promise<Record<string, number>> {
  if (format === 'fhir') return checkFhir(text, findings, options);
  if (format === 'xml') {
    const { dossiers, tables } = await checkDossierFile(text, findings, options, seen, name);
    return { Dossiers: dossiers, Tables: tables };
  }
  if (format === 'hl7') {
    const { messages, segments } = checkHl7(text, findings, options, seen, name);
    return { Messages: messages, Segments: segments };
  }
  return {};
}

/** JSON must not begin with a mark (RFC 8259); XML and HL7 may, and some readers stumble. */
function noteMark(format: FileReport['format'], findings: Findings): void {
  findings.add({
    rule: 'text-bom',
    severity: format === 'fhir' ? 'warning' : 'information',
    path: '',
    line: 1,
    found: {
      vi: 'Tệp bắt đầu bằng BOM (EF BB BF).',
      en: 'The file starts with a byte order mark (EF BB BF).',
    },
    fix: {
      vi: 'Lưu bằng UTF-8 không BOM (.NET: new UTF8Encoding(false)).',
      en: 'Save as UTF-8 without BOM (.NET: new UTF8Encoding(false)).',
    },
  });
}
