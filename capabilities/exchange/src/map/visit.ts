import type { Resource } from '@yba/fhir';
import type { Dossier, Row } from '@yba/vietnam/dossier';

/** What the mappers of one dossier share. */
export type Visit = {
  facility: string;
  maLk: string;
  /** Fields of XML1. */
  summary: Readonly<Record<string, string>>;
  /** Rows of a table that may enter the record. */
  rows(table: string): readonly Row[];
  /** Reference to the facility's own Patient. */
  patient: string;
  /** Reference to what another row of this dossier becomes. */
  refer(key: string): string;
};

/** What one row becomes. The key names it within its dossier, so that a correction finds it again. */
export type Mapped = { key: string; resource: Resource };

export const encounterKey = 'XML1';

/** The view of a dossier that mappers work on. */
export function visitOf(
  dossier: Dossier,
  facility: string,
  patient: string,
  refer: (key: string) => string,
): Visit {
  const tables = Map.groupBy(dossier.tables, (table) => table.name);
  return {
    facility,
    maLk: dossier.maLk!,
    summary: dossier.summary!,
    rows: (table) => tables.get(table)?.flatMap(({ rows }) => rows) ?? [],
    patient,
    refer,
  };
}

/** `subject` and `encounter` of a resource of this visit. */
export const ofVisit = (visit: Visit) => ({
  subject: { reference: visit.patient },
  encounter: { reference: visit.refer(encounterKey) },
});

/** Gives each row a key by what it is about; rows about the same thing are told apart by their order. */
export function rowKeys(): (...parts: (string | undefined)[]) => string {
  const seen = new Map<string, number>();
  return (...parts) => {
    const key = parts.map((part) => part ?? '').join('|');
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? key : `${key}#${count}`;
  };
}

/** Parts of a `;`-joined field. */
export const partsOf = (list: string | undefined): string[] =>
  (list ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
