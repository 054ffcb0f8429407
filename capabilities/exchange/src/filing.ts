import { randomUUID } from 'node:crypto';
import type { Context, Issue, Resource, Written } from '@yba/fhir';
import { OutcomeError, parseJson } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { maLk, mrn } from '@yba/vietnam';
import { type Dossier, finding, type Quarantined } from '@yba/vietnam/dossier';
import {
  digest,
  type DossierBook,
  enterDossier,
  enterPatient,
  lockDossier,
  type PatientBook,
  quarantine,
  settle,
} from './books.ts';
import type { Desk } from './desk.ts';
import { enteredInError } from './entered-in-error.ts';
import { findPatient } from './find-patient.ts';
import { hashOf } from './hash-of.ts';
import { coveragesOf } from './map/coverage.ts';
import { mergePatient, patientOf } from './map/patient.ts';
import { resourcesOf } from './map/resources-of.ts';
import { encounterKey, type Mapped, visitOf } from './map/visit.ts';
import { byIdentifier } from './token.ts';

/** Another submission changed the books after they were read: read them again. */
export class Stale extends OutcomeError {
  constructor() {
    super([
      { severity: 'error', code: 'conflict', diagnostics: 'Another submission of this dossier was faster' },
    ]);
  }
}

export type Filed = {
  status: 'stored' | 'replaced';
  patient: string;
  encounter: string;
  aside: readonly Quarantined[];
};

/** What is added to the transaction that files a dossier. */
export type FilingWithin = {
  before?(transaction: Transaction): Promise<void>;
  after?(transaction: Transaction, filed: Filed): Promise<void>;
};

type Books = { dossier: DossierBook | undefined; patient: PatientBook | undefined };
type Entry = {
  fullUrl?: string;
  resource: Resource;
  request: { method: 'POST' | 'PUT'; url: string; ifMatch?: string };
};
/** What an entry is for: what is entered in the books once it is written. */
type Purpose = { kind: 'patient' | 'coverage' | 'row' | 'vanished'; key: string };

/** One attempt to file a dossier: its Bundle, and the books entered in the same transaction. */
export class Filing {
  private readonly facility: string;
  private readonly entries: Entry[] = [];
  private readonly purposes: Purpose[] = [];
  private readonly urns = new Map<string, string>();
  private readonly desk: Desk;
  private readonly context: Context;
  private readonly dossier: Dossier;
  private readonly signature: string | undefined;
  private readonly books: Books;
  private readonly hooks: FilingWithin;
  private readonly refused: { rejected: readonly Quarantined[]; dropped: Set<string> };
  /** Fields of XML1 that cannot be taken as they stand. */
  private readonly aside: Quarantined[] = [];
  private patient = '';

  constructor(
    desk: Desk,
    context: Context,
    dossier: Dossier,
    signature: string | undefined,
    books: Books,
    refused: { rejected: readonly Quarantined[]; dropped: Set<string> },
    hooks: FilingWithin = {},
  ) {
    this.desk = desk;
    this.context = context;
    this.facility = context.caller.facility!;
    this.dossier = dossier;
    this.signature = signature;
    this.books = books;
    this.refused = refused;
    this.hooks = hooks;
  }

  /** Files the dossier; undefined when its earlier version first had to be withdrawn from another patient. */
  async write(): Promise<Filed | undefined> {
    const { dossier: known } = this.books;
    const withdraw =
      known && known.maBn !== this.dossier.summary!.MA_BN && Object.keys(known.rows).length > 0;
    if (withdraw) await this.addVanished(Object.values(known.rows));
    else await this.addAll();
    const bundle: Resource = { resourceType: 'Bundle', type: 'transaction', entry: this.entries };
    let filed: Filed | undefined;
    await this.desk.repository.transaction(
      this.context,
      bundle,
      { handling: 'strict' },
      {
        before: async (transaction) => {
          await this.hooks.before?.(transaction);
          const version = await lockDossier(transaction, this.facility, this.dossier.maLk!);
          if (version !== (known?.version ?? 0)) throw new Stale();
        },
        after: async (transaction, written) => {
          if (withdraw) await this.enterWithdrawn(transaction, known);
          else await this.hooks.after?.(transaction, (filed = await this.enter(transaction, written)));
        },
      },
    );
    return filed;
  }

  /**
   * Leaves out the rows of these entries at the next attempt. Undefined when one of them is the patient, the visit or
   * a diagnosis, without which there is no dossier.
   */
  drop(indexes: readonly number[], issues: readonly Issue[]): Quarantined[] | undefined {
    if (indexes.length === 0) return undefined;
    const items: Quarantined[] = [];
    for (const index of indexes) {
      const purpose = this.purposes[index];
      const entry = this.entries[index];
      if (!entry || purpose?.kind !== 'row' || !/^XML[234]\|/.test(purpose.key)) return undefined;
      const why =
        issues.find(({ expression }) => expression?.[0]?.startsWith(`Bundle.entry[${index}]`))?.diagnostics ??
        '';
      this.refused.dropped.add(purpose.key);
      const at = { table: purpose.key.slice(0, 4) };
      items.push({
        ...finding('error', 'mapping', at, { expected: { vi: why, en: why } }),
        raw: JSON.stringify(entry.resource),
      });
    }
    return items;
  }

  private async addAll(): Promise<void> {
    await this.addPatient();
    const visit = visitOf(this.dossier, this.facility, this.patient, (key) => this.refer(key));
    for (const coverage of coveragesOf(visit)) this.addCoverage(coverage);
    const mapped = resourcesOf(visit, this.dossier, this.signature).filter(
      ({ key }) => !this.refused.dropped.has(key),
    );
    for (const one of mapped) this.addRow(one);
    const kept = new Set(mapped.map(({ key, resource }) => `${digest(key)} ${resource.resourceType}`));
    const vanished = Object.entries(this.books.dossier?.rows ?? {}).filter(
      ([key, reference]) => !kept.has(`${key} ${reference.split('/')[0]}`),
    );
    await this.addVanished(vanished.map(([, reference]) => reference));
  }

  /** The Patient, when XML1 says something the stored one does not. */
  private async addPatient(): Promise<void> {
    const said = patientOf(this.dossier.summary!, this.facility);
    const known = this.books.patient;
    if (known?.said === hashOf(said)) {
      this.patient = known.patient;
      return;
    }
    const found = await findPatient(this.desk, this.context, said, this.dossier.summary!);
    this.aside.push(...found.disputed);
    if (found.stored) this.mergeInto(found.stored, found.said);
    else this.addNewPatient(found.said);
  }

  private mergeInto(stored: Resource, said: Resource): void {
    this.patient = `Patient/${stored.id}`;
    const resource = mergePatient(stored, said);
    const { meta, ...before } = stored;
    if (hashOf(resource) === hashOf(before)) return;
    const request = { method: 'PUT' as const, url: this.patient, ifMatch: `W/"${meta!.versionId}"` };
    this.add({ resource, request }, { kind: 'patient', key: '' });
  }

  private addNewPatient(resource: Resource): void {
    this.patient = `urn:uuid:${randomUUID()}`;
    const url = `Patient?${byIdentifier(mrn(this.facility), this.dossier.summary!.MA_BN!)}`;
    this.add(
      { fullUrl: this.patient, resource, request: { method: 'PUT', url } },
      { kind: 'patient', key: '' },
    );
  }

  private addCoverage({ key, resource }: Mapped): void {
    if (this.books.patient?.coverages[digest(key)]) return;
    this.add({ resource, request: { method: 'POST', url: 'Coverage' } }, { kind: 'coverage', key });
  }

  private addRow({ key, resource }: Mapped): void {
    const purpose: Purpose = { kind: 'row', key };
    const known = this.known(key, resource.resourceType);
    if (known) {
      const id = known.split('/')[1]!;
      return this.add({ resource: { ...resource, id }, request: { method: 'PUT', url: known } }, purpose);
    }
    // The facility may have sent the visit as FHIR before: then this is its next version.
    const visit = `Encounter?${byIdentifier(maLk(this.facility), this.dossier.maLk!)}`;
    const request: Entry['request'] =
      key === encounterKey ? { method: 'PUT', url: visit } : { method: 'POST', url: resource.resourceType };
    this.add({ fullUrl: this.refer(key), resource, request }, purpose);
  }

  private async addVanished(references: readonly string[]): Promise<void> {
    for (const reference of references) {
      const [type, id] = reference.split('/') as [string, string];
      const stored = await this.desk.repository.read(this.context, type, id).catch(unlessGone);
      if (!stored) continue;
      const resource = enteredInError(parseJson(stored.text) as Resource, { code: 'correction' });
      this.add({ resource, request: { method: 'PUT', url: reference } }, { kind: 'vanished', key: '' });
    }
  }

  private add(entry: Entry, purpose: Purpose): void {
    this.entries.push(entry);
    this.purposes.push(purpose);
  }

  private known(key: string, type?: string): string | undefined {
    const reference = this.books.dossier?.rows[digest(key)];
    return type === undefined || reference?.startsWith(`${type}/`) ? reference : undefined;
  }

  private refer(key: string): string {
    const known = this.known(key);
    if (known) return known;
    const urn = this.urns.get(key) ?? `urn:uuid:${randomUUID()}`;
    this.urns.set(key, urn);
    return urn;
  }

  private async enter(transaction: Transaction, written: readonly Written[]): Promise<Filed> {
    const { dossier, facility, books } = this;
    const rows: Record<string, string> = {};
    const coverages: Record<string, string> = {};
    let patient = this.patient;
    this.purposes.forEach(({ kind, key }, index) => {
      const { type, id } = written[index]!;
      const reference = `${type}/${id}`;
      if (kind === 'patient') patient = reference;
      else if (kind === 'coverage') coverages[digest(key)] = reference;
      else if (kind === 'row') rows[digest(key)] = reference;
    });
    const encounter = rows[digest(encounterKey)]!;
    const maBn = dossier.summary!.MA_BN!;
    const version = (books.dossier?.version ?? 0) + 1;
    const said = hashOf(patientOf(dossier.summary!, facility));
    const book = { version, hash: dossier.hash, maBn, patient, encounter, rows };
    const entries: Promise<void>[] = [enterDossier(transaction, facility, dossier.maLk!, book)];
    if (
      books.patient?.said !== said ||
      books.patient.patient !== patient ||
      Object.keys(coverages).length > 0
    )
      entries.push(enterPatient(transaction, facility, maBn, { patient, said, coverages }));
    const aside = [...dossier.quarantine, ...this.refused.rejected, ...this.aside];
    if (books.dossier || aside.length > 0) {
      entries.push(settle(transaction, facility, dossier.maLk!, dossier.hash));
      entries.push(quarantine(transaction, facility, dossier, aside));
    }
    await Promise.all(entries);
    return { status: books.dossier ? 'replaced' : 'stored', patient, encounter, aside: this.aside };
  }

  /** The visit was another patient's: its rows are withdrawn first, so that its identifier is free. */
  private enterWithdrawn(transaction: Transaction, known: DossierBook): Promise<void> {
    const book = { ...known, version: known.version + 1, hash: '', rows: {} };
    return enterDossier(transaction, this.facility, this.dossier.maLk!, book);
  }
}

/** A row that was deleted meanwhile has vanished already. */
function unlessGone(error: unknown): undefined {
  if (error instanceof OutcomeError && (error.code === 'deleted' || error.code === 'not-found'))
    return undefined;
  throw error;
}
