import { randomUUID } from 'node:crypto';
import { invalid, OutcomeError, outcomeError } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import type { OperationRequest, OperationResponse } from '@yba/http';
import type { Within } from '@yba/repository';
import type { Sql } from '@yba/postgres';
import { mrn } from '@yba/vietnam';
import type { ClientRegistryOptions } from '../create-client-registry.ts';
import { propose } from '../decisions/decide.ts';

/** The event of an identity feed. Source: https://profiles.ihe.net/ITI/PMIR/ITI-93.html */
const FEED = 'urn:ihe:iti:pmir:2019:patient-feed';

type Entry = { fullUrl?: string; resource?: Resource; request?: { method?: string; url?: string } };
type Identifier = { system?: string; value?: string };
type Link = { type?: string; other?: { reference?: string; identifier?: Identifier } };

/** Applied once under the key; or within a transaction of which the caller says how it ends. */
type Once = { key: string } | { within: Within } | undefined;

/**
 * PMIR's identity feed: `POST $process-message` with a message Bundle whose focus is a history Bundle of Patients. Each is
 * written as the sender's own, found by its record number; one that says it was replaced by another becomes a proposal
 * to merge, which identity officers confirm. The same message again changes nothing.
 * Source: https://profiles.ihe.net/ITI/PMIR/ITI-93.html
 */
export async function identityFeed(
  options: ClientRegistryOptions,
  { context, body }: OperationRequest,
): Promise<OperationResponse> {
  if (context.caller.role !== 'system' || !context.caller.facility)
    throw outcomeError('forbidden', 'Only the software of a facility feeds identities');
  const { header, feed } = messageOf(body);
  await writeIdentities(
    options,
    context,
    (feed['entry'] ?? []) as Entry[],
    header.id ? { key: `pmir ${header.id}` } : undefined,
  );
  return { resource: answerTo(header) };
}

/** Writes Patients that a facility feeds as the identity feed does; answers those written as `Patient/id`. */
export async function applyIdentities(
  options: ClientRegistryOptions,
  context: Context,
  patients: readonly Resource[],
  once: Once,
): Promise<string[]> {
  return writeIdentities(
    options,
    context,
    patients.map((resource) => ({ resource })),
    once,
  );
}

async function writeIdentities(
  options: ClientRegistryOptions,
  context: Context,
  feed: readonly Entry[],
  once: Once,
): Promise<string[]> {
  const system = mrn(context.caller.facility!);
  const all = feed.map((entry, at) => ownEntry(entry, at, system));
  const entries = await withoutMerged(options, all);
  const { text } = await options.repository.transaction(
    context,
    { resourceType: 'Bundle', type: 'transaction', entry: entries.map(({ written }) => written) },
    { handling: 'strict', ...(once && 'key' in once ? { idempotencyKey: once.key } : {}) },
    once && 'within' in once ? once.within : undefined,
  );
  for (const { replaced } of entries) if (replaced) await proposeMerge(options, context, replaced);
  const { entry = [] } = JSON.parse(text) as { entry?: { response: { location?: string } }[] };
  return entry.flatMap(({ response }) => /Patient\/[^/]+/.exec(response.location ?? '')?.[0] ?? []);
}

function messageOf(body: Resource | undefined): { header: Resource; feed: Resource } {
  const entries = (body?.['entry'] ?? []) as Entry[];
  const header = entries[0]?.resource;
  if (
    body?.resourceType !== 'Bundle' ||
    body['type'] !== 'message' ||
    header?.resourceType !== 'MessageHeader'
  )
    throw invalid('Bundle', 'Send a Bundle of type message whose first entry is a MessageHeader');
  if (header['eventUri'] !== FEED)
    throw outcomeError('not-supported', `Only the event ${FEED} is processed here`, 'MessageHeader.eventUri');
  const focus = ((header['focus'] ?? []) as { reference?: string }[])[0]?.reference;
  const feed = entries.find(
    ({ fullUrl, resource }) => resource?.resourceType === 'Bundle' && (!focus || fullUrl === focus),
  )?.resource;
  if (!feed) throw invalid('MessageHeader.focus', 'The focus is a Bundle of Patients that is in the message');
  return { header, feed };
}

type Own = { value: string; system: string };

/** One Patient of the feed as a conditional write of the sender's own, and by whom it was replaced. */
function ownEntry(
  { resource, request }: Entry,
  at: number,
  system: string,
): { written: object; replaced?: Replaced } {
  const where = `Bundle.entry[${at}]`;
  if (resource?.resourceType !== 'Patient') throw invalid(`${where}.resource`, 'The feed holds Patients');
  const value = ((resource['identifier'] ?? []) as Identifier[]).find(
    (each) => each.system === system,
  )?.value;
  if (!value)
    throw invalid(`${where}.resource.identifier`, `Each Patient needs its record number, system ${system}`);
  const criteria = `identifier=${encodeURIComponent(`${system}|${value}`)}`;
  const { id: _id, link, ...patient } = resource;
  const replacing = ((link ?? []) as Link[]).find(({ type }) => type === 'replaced-by')?.other?.identifier;
  const isDeletion = request?.method === 'DELETE';
  const written = isDeletion
    ? { request: { method: 'DELETE', url: `Patient?${criteria}` } }
    : { resource: patient, request: { method: 'PUT', url: `Patient?${criteria}` } };
  if (!replacing) return { written };
  if (replacing.system !== system || !replacing.value)
    throw invalid(
      `${where}.resource.link`,
      `Name the Patient that replaces this one by its record number, system ${system}`,
    );
  return { written, replaced: { old: { system, value }, by: { system, value: replacing.value } } };
}

type Replaced = { old: Own; by: Own };

/** Without the old record of a merge where both numbers are one Patient's already: it is written once, as what stays. */
async function withoutMerged<Entry extends { replaced?: Replaced }>(
  { sql }: ClientRegistryOptions,
  entries: readonly Entry[],
): Promise<Entry[]> {
  const kept = await Promise.all(
    entries.map(async ({ replaced }) => {
      if (!replaced) return true;
      const [patient, other] = await patientsOf(sql, replaced);
      return !patient || patient.patient !== other?.patient;
    }),
  );
  return entries.filter((_, at) => kept[at]);
}

type Found = { value: string; patient: string; person: string };

/** The Patients that have the old number and the one that replaces it. */
async function patientsOf(sql: Sql, { old, by }: Replaced): Promise<(Found | undefined)[]> {
  const rows = await sql<Found[]>`
    select i.value, l.patient, l.person from identifier i join patient_link l on l.patient = i.row_id
    where i.system = ${old.system} and i.value = any(${[old.value, by.value]})`;
  return [old, by].map(({ value }) => rows.find((row) => row.value === value));
}

async function proposeMerge(
  { sql }: ClientRegistryOptions,
  { caller }: Context,
  replaced: Replaced,
): Promise<void> {
  const { by } = replaced;
  const [patient, other] = await patientsOf(sql, replaced);
  if (!patient || !other)
    throw invalid('Patient.link', `No Patient of yours has the record number ${by.value}`);
  if (patient.person === other.person) return;
  await propose(sql, caller, {
    kind: 'merge',
    patient: patient.patient,
    other: other.patient,
    reason: 'PMIR',
  }).catch(unlessProposed);
}

/** The same feed again finds its proposal waiting. */
function unlessProposed(error: unknown): void {
  if (!(error instanceof OutcomeError) || error.code !== 'conflict') throw error;
}

function answerTo(header: Resource): Resource {
  const id = randomUUID();
  return {
    resourceType: 'Bundle',
    type: 'message',
    entry: [
      {
        fullUrl: `urn:uuid:${id}`,
        resource: {
          resourceType: 'MessageHeader',
          id,
          eventUri: FEED,
          source: { endpoint: 'https://yba.vn/fhir' },
          response: { identifier: header.id ?? id, code: 'ok' },
        },
      },
    ],
  };
}
