import { createHash, randomBytes } from 'node:crypto';
import { forbidden, markLogged, notFound, outcomeError, resourceTypes, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber, SENSITIVITY, type Repository, type Sensitivity } from '@yba/repository';
import { lapseFor } from '../policy/decide.ts';
import { evaluate } from '../policy/evaluate.ts';
import { staffFacts } from '../policy/facts.ts';
import { lapsed } from '../policy/licence.ts';
import { ownerLogged, storeConsent, type DirectiveOptions } from './citizen-consents.ts';

/**
 * `POST Patient/{id}/$share`: a code, shown as text and QR, that lets whoever brings it see the record until it ends:
 * `hours`, the kinds of data (`type`, all unless named), and the sensitive classes that come along (`class`, none unless
 * named). The code is told once, and once more to its retry under the same Idempotency-Key; the Consent that stands for it takes it back. `POST $redeem`: a doctor or nurse opens
 * the record with the code.
 */
export function shareOperations(options: DirectiveOptions, store: Repository): Operation[] {
  return [
    {
      code: 'share',
      on: { type: 'Patient', instance: true },
      methods: ['POST'],
      limit: { perMinute: 10, burst: 20 },
      idempotencyKey: 'kept',
      handle: (request) => share(options, store, request),
    },
    {
      code: 'redeem',
      on: { system: true },
      methods: ['POST'],
      limit: { perMinute: 10, burst: 10 },
      handle: (request) => redeem(options, request),
    },
  ];
}

async function share(
  options: DirectiveOptions,
  store: Repository,
  { context, id, body, submission }: OperationRequest,
): Promise<OperationResponse> {
  if (context.caller.role !== 'citizen')
    throw forbidden({
      en: 'A record is shared by the person it is about, from their book.',
      vi: 'Chỉ chính chủ mới cho xem hồ sơ của mình, từ sổ của họ.',
    });
  const owner = await ownerLogged(options, context, id!, '$share');
  const { hoursMost } = options.book.inForce().shares;
  const given = all(body);
  const hours = given('hours')[0] ?? 24;
  if (typeof hours !== 'number' || !Number.isInteger(hours) || hours < 1 || hours > hoursMost)
    throw outcomeError(
      'invalid',
      { en: `hours is a whole number from 1 to ${hoursMost}`, vi: `Hãy chọn từ 1 đến ${hoursMost} giờ.` },
      where('hours'),
    );
  const types = given('type').map((type) => knownType(type));
  const classes = given('class').map((name) => knownClass(name));
  const code = newCode();
  const hash = hashOf(code);
  const since = new Date();
  const asked = new Date(since.getTime() + hours * 3_600_000);
  const until = owner.until && owner.until < asked ? owner.until : asked;
  const written = await storeConsent(
    store,
    context,
    {
      resource: shareConsent(id!, since, until, types, classes),
      directives: [
        {
          ...owner,
          effect: 'share',
          audience: 'code',
          code: hash,
          ...(submission ? { sealedCode: options.secrets.seal(code, purposeOf(hash)) } : {}),
          types,
          classes: classes.reduce((bits, name) => bits | SENSITIVITY[name], 0),
          copies: false,
          since,
          until,
        },
      ],
    },
    options,
    { given: submission && { submission } },
  );
  const isRepeat = written.outcome === 'unchanged';
  const made = isRepeat ? await madeBefore(options, written.id) : { code, until };
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'code', valueString: made.code },
        { name: 'until', valueInstant: made.until.toISOString() },
        { name: 'consent', valueReference: { reference: `Consent/${written.id}` } },
      ],
    },
  };
}

/** The code of a share that its key made before. Throws `business-rule` when it was taken back, or has ended. */
async function madeBefore(
  { sql, secrets }: DirectiveOptions,
  consent: string,
): Promise<{ code: string; until: Date }> {
  const [row] = await sql<{ code: Buffer; sealed: string; until: Date }[]>`
    select code, code_sealed as sealed, until from directive
    where consent = ${consent} and code_sealed is not null and until > now()`;
  if (row) return { code: secrets.open(row.sealed, purposeOf(row.code)), until: row.until };
  throw outcomeError(
    'business-rule',
    {
      en: 'The share that was made under this key was taken back or has ended: make a new one, under a new key',
      vi: 'Mã chia sẻ này đã được thu hồi hoặc hết hạn. Hãy tạo mã mới.',
    },
    'Idempotency-Key',
  );
}

/** The Consent that stands for a share. It does not hold the code. */
function shareConsent(
  patient: string,
  since: Date,
  until: Date,
  types: readonly string[],
  classes: readonly Sensitivity[],
): Resource {
  const concept = (system: string, code: string) => ({ coding: [{ system, code }] });
  return {
    resourceType: 'Consent',
    meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
    status: 'active',
    scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${patient}` },
    dateTime: since.toISOString(),
    policyRule: concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'),
    provision: {
      type: 'permit',
      period: { start: since.toISOString(), end: until.toISOString() },
      action: [concept('http://terminology.hl7.org/CodeSystem/consentaction', 'access')],
      ...(types.length > 0
        ? { class: types.map((code) => ({ system: 'http://hl7.org/fhir/resource-types', code })) }
        : {}),
      ...(classes.length > 0
        ? {
            securityLabel: classes.map((code) => ({
              system: 'https://yba.vn/fhir/CodeSystem/sensitivity',
              code,
            })),
          }
        : {}),
    },
  };
}

async function redeem(
  options: DirectiveOptions,
  { context, body }: OperationRequest,
): Promise<OperationResponse> {
  const { sql, book, ports } = options;
  const { caller, requestId } = context;
  const rules = book.inForce();
  const event = { at: new Date(), requestId, caller, action: 'open' as const, target: 'Patient/$redeem' };
  const refuse = (error: Error, persons: string[] = []) =>
    ports.audit.read({ ...event, persons, outcome: 'denied' }).then(() => Promise.reject(markLogged(error)));
  if (!rules.shares.roles.includes(caller.role) || !caller.facility)
    return refuse(
      forbidden({
        en: `The role ${caller.role} does not open records by a code; ${rules.shares.roles.join(' and ')} do.`,
        vi: 'Vai trò của bạn không mở hồ sơ bằng mã: hãy nhờ bác sĩ hoặc điều dưỡng.',
      }),
    );
  const lapse = await lapseFor(options, rules, caller);
  if (lapse) return refuse(lapsed(rules, lapse));
  const text = all(body)('code')[0];
  const code = typeof text === 'string' ? normal(text) : undefined;
  if (!code)
    throw outcomeError(
      'invalid',
      {
        en: 'code is the ten letters and digits of a share, as the person shows them',
        vi: 'Mã chia sẻ có mười chữ và số, như người bệnh đưa. Hãy nhập lại đủ mười ký tự.',
      },
      where('code'),
    );
  const unknown = () => notFound('A share with this code that has not ended');
  const [found] = await sql<{ id: number; person: string; until: Date; patient: string; link: string }[]>`
    select d.id::int as id, d.person, d.until, l.patient as link, coalesce(l.client_id, l.patient::text) as patient
    from directive d join patient_link l on l.person = any(yba_person_keys(d.person))
    where d.code = ${hashOf(code)} and d.effect = 'share' and d.until > now() order by l.since limit 1`;
  if (!found) return refuse(unknown());
  const facility = facilityNumber(caller.facility);
  const [known] = await staffFacts(sql, caller, facility, [found.link]);
  const opening = { purpose: 'PATRQT', reason: null, share: found.id, until: '' };
  const facts = { ...known!, openings: [...known!.openings, opening] };
  if (evaluate(rules, caller, facts, new Date(), facility).grounds.length === 0)
    return refuse(unknown(), [found.person]);
  const reason = 'Người bệnh cho xem bằng mã chia sẻ';
  await sql.begin(async (transaction) => {
    await transaction`
      insert into opening (patient, person, subject, facility, purpose, reason, words, until, share)
      values (${found.link}, ${found.person}, ${caller.subject}, ${facility}, 'PATRQT', ${reason},
        ${`${caller.name} (${caller.facilityName ?? caller.facility}) đã mở hồ sơ bằng mã do người bệnh đưa`}, ${found.until}, ${found.id})`;
    await ports.audit.write(transaction, [
      {
        ...event,
        target: `Patient/${found.patient}`,
        purpose: 'PATRQT',
        reason,
        persons: [found.person],
        outcome: 'success',
        detail: { policy: String(rules.version) },
      },
    ]);
  });
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueReference: { reference: `Patient/${found.patient}` } },
        { name: 'until', valueInstant: found.until.toISOString() },
      ],
    },
  };
}

/** Letters and digits that are not taken for one another when read aloud or copied. Source: https://www.crockford.com/base32.html */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Ten characters of 50 random bits: with ten tries a minute, nobody guesses one that is in force. */
function newCode(): string {
  const text = [...randomBytes(10)].map((byte) => ALPHABET[byte % 32]!).join('');
  return `${text.slice(0, 5)}-${text.slice(5)}`;
}

/** A code as it was made, however it was typed or scanned; undefined when it cannot be one. */
function normal(text: string): string | undefined {
  const plain = text
    .trim()
    .replace(/^yba-share:/i, '')
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return /^[0-9A-HJKMNP-TV-Z]{10}$/.test(plain) ? `${plain.slice(0, 5)}-${plain.slice(5)}` : undefined;
}

/** A code is a random secret: its hash is kept, as of the secrets of clients. */
const hashOf = (code: string) => createHash('sha256').update(`yba-share:${code}`).digest();

/** What a code that is sealed for its retry is for: its own share. */
const purposeOf = (hash: Buffer) => `share ${hash.toString('hex')}`;

const where = (name: string) => `Parameters.parameter.where(name='${name}').value`;

/** The values of a parameter, whatever its type. */
function all(body: Resource | undefined): (name: string) => unknown[] {
  const given = (body?.parameter ?? []) as { name?: string }[];
  return (name) =>
    given
      .filter((parameter) => parameter.name === name)
      .flatMap((parameter) =>
        Object.entries(parameter).flatMap(([key, value]) =>
          key.startsWith('value') ? [value as unknown] : [],
        ),
      );
}

function knownType(type: unknown): string {
  if (typeof type === 'string' && resourceTypes.has(type)) return type;
  throw outcomeError('code-invalid', `“${String(type)}” is not a FHIR R4 resource type`, where('type'));
}

function knownClass(name: unknown): Sensitivity {
  const shareable = (Object.keys(SENSITIVITY) as Sensitivity[]).filter((one) => one !== 'restricted');
  const known = shareable.find((one) => one === name);
  if (known) return known;
  throw outcomeError(
    'code-invalid',
    `The sensitive kinds that can be shared are ${shareable.join(', ')}`,
    where('class'),
  );
}
