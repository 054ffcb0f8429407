import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { hashPassword, verifyPassword } from '@yba/access';
import {
  forbidden,
  invalid,
  markLogged,
  notFound,
  outcomeError,
  type AccessEvent,
  type Context,
  type Resource,
} from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { sensitivityOf } from '@yba/repository';
import type { Sql } from '@yba/postgres';
import { CompactEncrypt } from 'jose';
import { summaryOf, type SummaryPorts } from './summary.ts';

export type LinkPorts = SummaryPorts & {
  sql: Sql;
  /** Public address without a slash at its end. */
  baseUrl: string;
  audit: { read(event: AccessEvent): Promise<void> };
};

/** How often a wrong passcode may be tried in all; then the link is dead. */
const TRIES = 5;
const HOURS_MOST = 24 * 30;
const LABEL_MOST = 80;
const at = (name: string) => `Parameters.parameter.where(name='${name}')`;

type Row = {
  id: string;
  label: string;
  created: Date;
  until: Date;
  revoked: Date | null;
  tries_left: number;
  opened: number;
  last_opened: Date | null;
};

/**
 * A person's SMART Health Links: `POST Patient/{id}/$health-link` (Parameters `passcode`, `hours`, `label`, `sensitive`) makes one
 * and tells it once; `GET Patient/{id}/$health-links` lists them; `POST Patient/{id}/$revoke-health-link` (`link`) ends one. The summary
 * is encrypted with a key that only the link holds: the server keeps what it cannot read.
 * Source: https://hl7.org/fhir/uv/smart-health-cards-and-links/links-specification.html
 */
export function linkOperations(ports: LinkPorts): Operation[] {
  const on = { type: 'Patient', instance: true };
  return [
    {
      code: 'health-link',
      on,
      methods: ['POST'],
      limit: { perMinute: 10, burst: 10 },
      // its address and key are told and not kept, so a repeat could not be told them again
      idempotencyKey: {
        instead: 'look with $health-links whether the link was made, and end it with $revoke-health-link',
      },
      handle: (request) => create(ports, request),
    },
    { code: 'health-links', on, methods: ['GET'], handle: (request) => list(ports, request) },
    { code: 'revoke-health-link', on, methods: ['POST'], handle: (request) => revoke(ports, request) },
  ];
}

type Parameter = { name: string; valueString?: string; valueInteger?: number; valueBoolean?: boolean };
const given = (body: Resource | undefined, name: string): Parameter | undefined =>
  ((body?.['parameter'] ?? []) as Parameter[]).find((one) => one.name === name);

/** The person of a Patient that is the caller's own, with the right to take copies. Throws `not-found`, `forbidden`. */
async function ownPerson(
  { repository, decide, audit }: LinkPorts,
  context: Context,
  id: string,
): Promise<string> {
  if (context.caller.role !== 'citizen')
    throw forbidden({
      en: 'A record is shared by the person it is about, from their book.',
      vi: 'Chỉ chính chủ mới cho xem hồ sơ của mình, từ sổ của họ.',
    });
  const link = await repository.patient(id);
  const reach = await decide(context, {
    action: 'read',
    types: ['Patient'],
    patients: link ? [link.patient] : [],
    target: `Patient/${id}`,
    exports: true,
  });
  if (link && reach.self && reach.patients.includes(link.patient)) return link.person;
  await audit.read({
    at: new Date(),
    requestId: context.requestId,
    caller: context.caller,
    action: 'operation',
    target: `Patient/${id}/$health-link`,
    persons: link ? [link.person] : [],
    outcome: 'denied',
  });
  throw markLogged(notFound(`Patient/${id}`));
}

async function create(ports: LinkPorts, { context, id, body }: OperationRequest): Promise<OperationResponse> {
  const person = await ownPerson(ports, context, id!);
  const passcode = given(body, 'passcode')?.valueString ?? '';
  if (passcode.length < 6 || passcode.length > 64)
    throw invalid(at('passcode'), {
      en: 'A passcode has 6 to 64 characters; tell it apart from the code',
      vi: 'Mật mã dài 6 đến 64 ký tự. Hãy đưa mật mã riêng, đừng gửi cùng mã QR.',
    });
  const hours = given(body, 'hours')?.valueInteger ?? 24;
  if (!Number.isInteger(hours) || hours < 1 || hours > HOURS_MOST)
    throw outcomeError(
      'invalid',
      { en: `hours is a whole number from 1 to ${HOURS_MOST}`, vi: `Hãy chọn từ 1 đến ${HOURS_MOST} giờ.` },
      at('hours'),
    );
  const label = given(body, 'label')?.valueString?.trim() || 'Tóm tắt hồ sơ sức khỏe';
  if (label.length > LABEL_MOST) throw invalid(at('label'), `label takes at most ${LABEL_MOST} characters`);
  const isWithSensitive = given(body, 'sensitive')?.valueBoolean === true;
  const summary = await summaryOf(
    ports,
    context,
    id!,
    isWithSensitive
      ? undefined
      : (resource) => !labelsOf(resource).some((one) => sensitivityOf(one) !== undefined),
  );
  const [key, token] = [randomBytes(32), randomBytes(32).toString('base64url')];
  const file = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(summary)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'application/fhir+json' })
    .encrypt(key);
  const until = new Date((ports.now ?? (() => new Date()))().getTime() + hours * 3_600_000);
  const link = randomUUID();
  await ports.sql`
    insert into health_link (id, token, person, patient, label, file, passcode, tries_left, until)
    values (${link}, ${hashOf(token)}, ${person}, ${id!}, ${label}, ${file}, ${await hashPassword(passcode)}, ${TRIES}, ${until})`;
  const payload = {
    url: `${ports.baseUrl}/shl/${token}`,
    key: key.toString('base64url'),
    exp: Math.floor(until.getTime() / 1000),
    flag: 'P',
    label,
    v: 1,
  };
  const shlink = `shlink:/${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  return {
    status: 201,
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'link', valueString: link },
        { name: 'url', valueUri: `${ports.baseUrl}/link#${shlink}` },
        { name: 'until', valueInstant: until.toISOString() },
      ],
    },
  };
}

const labelsOf = (resource: Resource) =>
  (resource.meta?.['security'] ?? []) as { system?: string; code?: string }[];

/** What a link is found by: its address is not kept. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

async function list(ports: LinkPorts, { context, id }: OperationRequest): Promise<OperationResponse> {
  const person = await ownPerson(ports, context, id!);
  const rows = await ports.sql<Row[]>`
    select id, label, created, until, revoked, tries_left, opened, last_opened from health_link
    where person = any((select yba_person_keys(${person}))::uuid[]) order by created desc limit 100`;
  return {
    resource: {
      resourceType: 'Parameters',
      ...(rows.length > 0 ? { parameter: rows.map((row) => ({ name: 'link', part: partsOf(row) })) } : {}),
    },
  };
}

const partsOf = (row: Row): object[] => [
  { name: 'id', valueString: row.id },
  { name: 'label', valueString: row.label },
  { name: 'created', valueInstant: row.created.toISOString() },
  { name: 'until', valueInstant: row.until.toISOString() },
  { name: 'opened', valueInteger: row.opened },
  { name: 'triesLeft', valueInteger: row.tries_left },
  ...(row.last_opened ? [{ name: 'lastOpened', valueInstant: row.last_opened.toISOString() }] : []),
  ...(row.revoked ? [{ name: 'revoked', valueInstant: row.revoked.toISOString() }] : []),
];

async function revoke(ports: LinkPorts, { context, id, body }: OperationRequest): Promise<OperationResponse> {
  const person = await ownPerson(ports, context, id!);
  const link = given(body, 'link')?.valueString ?? '';
  const rows = /^[0-9a-f-]{36}$/.test(link)
    ? await ports.sql<{ revoked: Date }[]>`
        update health_link set revoked = coalesce(revoked, now()), file = '' where id = ${link}
          and person = any((select yba_person_keys(${person}))::uuid[]) returning revoked`
    : [];
  if (!rows[0]) throw notFound('This link');
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [{ name: 'revoked', valueInstant: rows[0].revoked.toISOString() }],
    },
  };
}

/** What a link answers: its file, or why not. */
export type Opened =
  | { outcome: 'open'; file: string; person: string; label: string }
  | { outcome: 'wrong-passcode'; left: number; person: string }
  | { outcome: 'gone' };

/** Tries to open a link by the token in its address. A wrong passcode costs one of the tries there are in all. */
export async function openLink(sql: Sql, token: string, passcode: string): Promise<Opened> {
  const hash = hashOf(token);
  const [row] = await sql<{ passcode: string; person: string }[]>`
    update health_link set tries_left = tries_left - 1
    where token = ${hash} and revoked is null and until > now() and tries_left > 0
    returning passcode, person`;
  if (!row) return { outcome: 'gone' };
  if (!(await verifyPassword(passcode, row.passcode))) {
    const [left] = await sql<
      { tries_left: number }[]
    >`select tries_left from health_link where token = ${hash}`;
    return { outcome: 'wrong-passcode', left: left?.tries_left ?? 0, person: row.person };
  }
  // it takes a while to try a passcode: a link that was ended meanwhile is closed
  const [opened] = await sql<{ label: string; file: string }[]>`
    update health_link set tries_left = tries_left + 1, opened = opened + 1, last_opened = now()
    where token = ${hash} and revoked is null and until > now() returning label, file`;
  return opened ? { outcome: 'open', ...opened, person: row.person } : { outcome: 'gone' };
}
