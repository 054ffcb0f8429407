import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE_IDS, type CatalogueId } from './catalogues.ts';

/** A code of a list: from and to which day it holds (yyyyMMdd), and what it may not be used for. */
export type ListedCode = {
  from?: string;
  to?: string;
  /** May not be the principal diagnosis. */
  notPrincipal?: boolean;
  /** May not be used at all: a heading. */
  heading?: boolean;
  sex?: 'male' | 'female';
};

export type List = { file: string; codes: ReadonlyMap<string, ListedCode> };
/** The lists an operator has, by catalogue. */
export type Lists = ReadonlyMap<CatalogueId, List>;

/** Thrown for a list that cannot be read; says which file and why in both languages. */
export class ListFault extends Error {}

/**
 * Reads the lists of a folder: `icd-10-vn.csv`, `service.csv`, `drug.json` and so on, CSV with a column `code` (and
 * `valid_from`, `valid_to`, `not_principal`, `heading`, `sex`) or a FHIR CodeSystem. Lists that are not there are left out.
 * Throws ListFault.
 */
export function readLists(folder: string): Lists {
  const lists = new Map<CatalogueId, List>();
  for (const id of CATALOGUE_IDS)
    for (const file of [`${id}.csv`, `${id}.json`]) {
      const path = join(folder, file);
      if (!existsSync(path) || lists.has(id)) continue;
      const text = readFileSync(path, 'utf8').replace(/^\ufeff/, '');
      const codes = file.endsWith('.csv') ? ofCsv(text, file) : ofCodeSystem(text, file);
      if (codes.size === 0)
        throw new ListFault(`${file}: không có mã nào; cần cột code. No codes; a column code is needed.`);
      lists.set(id, { file, codes });
    }
  return lists;
}

/** ICD-10 is written with and without its dot, and with † or *: one key for all. */
export const keyOf = (id: CatalogueId, code: string): string =>
  id === 'icd-10-vn' || id === 'icd-9-cm' ? code.replace(/[.†*+]/gu, '').toUpperCase() : code;

const yes = (value: string | undefined) => /^(1|x|y|yes|true|có)$/i.test(value ?? '');
const day = (value: string | undefined) => (value ?? '').replaceAll('-', '');

function ofCsv(text: string, file: string): Map<string, ListedCode> {
  const id = file.replace(/\.csv$/, '') as CatalogueId;
  const [head = [], ...rows] = cells(text);
  const columns = head.map((name) => name.trim().toLowerCase());
  if (!columns.includes('code'))
    throw new ListFault(`${file}: dòng đầu không có cột code. The first line has no column code.`);
  const codes = new Map<string, ListedCode>();
  for (const row of rows) {
    const at = (name: string) => row[columns.indexOf(name)]?.trim();
    const code = at('code');
    if (!code) continue;
    const sex = at('sex');
    codes.set(keyOf(id, code), {
      ...(day(at('valid_from')) ? { from: day(at('valid_from')) } : {}),
      ...(day(at('valid_to')) ? { to: day(at('valid_to')) } : {}),
      ...(yes(at('not_principal')) ? { notPrincipal: true } : {}),
      ...(yes(at('heading')) ? { heading: true } : {}),
      ...(sex === 'male' || sex === 'female' ? { sex } : {}),
    });
  }
  return codes;
}

/** Cells of a CSV text by RFC 4180; `;` separates where the first line has no comma. */
function cells(text: string): string[][] {
  const separator = text.split('\n', 1)[0]!.includes(',') ? ',' : ';';
  const rows: string[][] = [[]];
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, 'gy');
  for (const [, quoted, plain = '', end] of text.matchAll(cell)) {
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== separator) rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 1 || row[0]);
}

type Concept = { code?: unknown; concept?: Concept[] };

function ofCodeSystem(text: string, file: string): Map<string, ListedCode> {
  const id = file.replace(/\.json$/, '') as CatalogueId;
  let whole: Concept & { resourceType?: unknown };
  try {
    whole = JSON.parse(text) as typeof whole;
  } catch {
    throw new ListFault(`${file}: không phải JSON. It is no JSON.`);
  }
  if (whole.resourceType !== 'CodeSystem')
    throw new ListFault(`${file}: không phải CodeSystem của FHIR. It is no FHIR CodeSystem.`);
  const codes = new Map<string, ListedCode>();
  const waiting: Concept[] = [whole];
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    if (typeof one.code === 'string') codes.set(keyOf(id, one.code), {});
    if (Array.isArray(one.concept))
      waiting.push(...one.concept.filter((child) => child && typeof child === 'object'));
  }
  return codes;
}
