import type { Context } from '@yba/fhir';
import { OutcomeError } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { parsePersonNumber } from '@yba/vietnam';
import { type Dossier, fhirBirthDate, type Finding, finding, type Quarantined } from '@yba/vietnam/dossier';
import { quarantine, readBooks } from './books.ts';
import type { Desk } from './desk.ts';
import { type Filed, Filing, type FilingWithin } from './filing.ts';

export type Status = 'stored' | 'duplicate' | 'replaced' | 'quarantined';

/** What became of one dossier. */
export type DossierAnswer = {
  maLk: string | undefined;
  status: Status;
  patient?: string;
  encounter?: string;
  findings: readonly Finding[];
  elements: Dossier['elements'];
};

/** What whoever files a dossier adds to its transaction; a trial throws in `after`, and keeps nothing anywhere. */
export type FilingHooks = {
  isTrial?: boolean;
  before?(transaction: Transaction): Promise<void>;
  after?(transaction: Transaction, filed: DossierAnswer): Promise<void>;
};

/** How often a dossier is filed again because another submission was faster. */
const attempts = 5;

/**
 * Files one dossier of the caller's facility: known content is a duplicate, other content of a known visit replaces,
 * what cannot enter the record is quarantined. Resources, books and quarantine are written in one transaction, so
 * that a crash leaves either all of it or nothing, and sending again is always safe.
 */
export async function fileDossier(
  desk: Desk,
  context: Context,
  dossier: Dossier,
  signature: string | undefined,
  hooks: FilingHooks = {},
): Promise<DossierAnswer> {
  const facility = context.caller.facility!;
  const foreign = foreignFacility(dossier, facility);
  if (!dossier.summary || !dossier.maLk || foreign)
    return keepOut(desk, facility, dossier, foreign, hooks.isTrial);

  const rejected: Quarantined[] = [];
  const dropped = new Set<string>();
  const within: FilingWithin = {
    before: async (transaction) => hooks.before?.(transaction),
    after: async (transaction, filed) =>
      hooks.after?.(transaction, answer(dossier, filed.status, filed, [...rejected, ...filed.aside])),
  };
  for (let attempt = 1; ; attempt++) {
    const books = await readBooks(desk.owner, facility, dossier.maLk, dossier.summary.MA_BN!);
    if (books.dossier?.hash === dossier.hash) return answer(dossier, 'duplicate', books.dossier, []);
    const filing = new Filing(desk, context, dossier, signature, books, { rejected, dropped }, within);
    try {
      const filed = await filing.write();
      if (!filed) continue;
      return answer(dossier, filed.status, filed, [...rejected, ...filed.aside]);
    } catch (error) {
      if (raced(error) && attempt < attempts) continue;
      if (!aboutContent(error)) throw error;
      const kept = filing.drop(unfitEntries(error), error.issues);
      if (kept) {
        rejected.push(...kept);
        continue;
      }
      return keepOut(desk, facility, dossier, mapping(error.message), hooks.isTrial);
    }
  }
}

/** XML1 that speaks for another facility than the caller's. */
function foreignFacility({ summary }: Dossier, facility: string): Finding | undefined {
  if (!summary || summary.MA_CSKCB === facility) return undefined;
  const expected = { vi: facility, en: facility };
  return finding('error', 'facility', { table: 'XML1', row: 1, field: 'MA_CSKCB' }, { expected });
}

const mapping = (why: string) =>
  finding('error', 'mapping', { table: 'XML1', row: 1 }, { expected: { vi: why, en: why } });

/** Everything of the dossier goes to quarantine. */
async function keepOut(
  { owner }: Desk,
  facility: string,
  dossier: Dossier,
  reason: Finding | undefined,
  isTrial = false,
): Promise<DossierAnswer> {
  const rows = reason
    ? dossier.tables.flatMap(({ name, rows }) =>
        rows.map(({ number, fields }) => ({ ...reason, table: name, row: number, raw: fields })),
      )
    : [];
  const items: Quarantined[] = [...dossier.quarantine, ...rows];
  if (items.length === 0) items.push(...dossier.findings.map((found) => ({ ...found, raw: '' })));
  if (!isTrial) await quarantine(owner, facility, dossier, items);
  const { read } = dossier.elements;
  return {
    maLk: dossier.maLk,
    status: 'quarantined',
    findings: [...(reason ? [reason] : []), ...dossier.quarantine, ...dossier.findings],
    elements: { read, stored: 0, quarantined: read },
  };
}

function answer(
  dossier: Dossier,
  status: Status,
  filed: Pick<Filed, 'patient' | 'encounter'>,
  rejected: readonly Quarantined[],
): DossierAnswer {
  const lost = rejected.reduce(
    (sum, { raw }) => sum + (typeof raw === 'string' ? 1 : Object.keys(raw).length),
    0,
  );
  const { read, stored, quarantined } = dossier.elements;
  return {
    maLk: dossier.maLk,
    status,
    patient: filed.patient,
    encounter: filed.encounter,
    findings: [...dossier.quarantine, ...rejected, ...dossier.findings, ...personChecks(dossier)],
    elements: { read, stored: stored - lost, quarantined: quarantined + lost },
  };
}

/** What the person number says against XML1: told, never a reason to keep the dossier out. */
function personChecks({ summary }: Dossier): Finding[] {
  const born = fhirBirthDate(summary!.NGAY_SINH);
  const gender = summary!.GIOI_TINH === '1' ? 'male' : summary!.GIOI_TINH === '2' ? 'female' : undefined;
  const number = parsePersonNumber(summary!.SO_CCCD ?? '', {
    ...(gender ? { gender } : {}),
    ...(born ? { birthDate: born } : {}),
  });
  if (!number.valid || number.warnings.length === 0) return [];
  return [finding('information', 'person-number', { table: 'XML1', row: 1, field: 'SO_CCCD' })];
}

/** Another submission, of this dossier or of the same patient, was faster: what was looked up must be looked up again. */
const raced = (error: unknown): boolean =>
  error instanceof OutcomeError &&
  ['conflict', 'duplicate', 'lock-error', 'multiple-matches'].includes(error.code);

/** A refusal of what the dossier holds, which no repeat will change; not one of the caller or the moment. */
const aboutContent = (error: unknown): error is OutcomeError =>
  error instanceof OutcomeError &&
  !['informational', 'transient', 'exception', 'forbidden', 'login', 'timeout', 'throttled'].includes(
    error.code,
  );

/** Entries of the Bundle that a refusal speaks of. */
function unfitEntries(error: OutcomeError): number[] {
  const entries = error.issues.flatMap(({ expression }) =>
    (expression ?? []).map((path) => /^Bundle\.entry\[(\d+)\]/.exec(path)?.[1]),
  );
  return [...new Set(entries.filter((index) => index !== undefined).map(Number))];
}
