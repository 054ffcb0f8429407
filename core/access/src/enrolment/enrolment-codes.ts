import { createHash, randomInt } from 'node:crypto';
import { invalid, outcomeError } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';
import type { JWK } from 'jose';
import { registerClient } from '../oidc/registration.ts';
import { checkKeys } from '../oidc/registration-checks.ts';

/** Letters and digits that nobody takes for one another, read aloud or written by hand. */
const ALPHABET = 'ACDEFGHJKLMNPQRTUVWXY34679';
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** Whom a code enrols, and for how long it may be used, in ms. */
export type NewEnrolment = { name: string; facility: string; facilityName: string; validMs: number };

/** What an enrolled edge is registered as. */
export type Enrolled = { clientId: string; facility: string; facilityName: string };

/**
 * Issues a code for an edge agent of a facility: 94 random bits, kept as a hash, so that SHA-256 is enough. It counts once,
 * until it expires. Throws `invalid` when the facility's code is none.
 */
export async function issueEnrolmentCode(
  sql: Sql,
  { name, facility, facilityName, validMs }: NewEnrolment,
): Promise<{ code: string; expires: Date }> {
  const code = Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]!).join(''),
  ).join('-');
  const expires = new Date(Date.now() + validMs);
  await sql`
    insert into enrolment_code (hash, name, facility, facility_name, expires)
    values (${hashOf(code)}, ${name}, ${facilityNumber(facility)}, ${facilityName}, ${expires})`;
  return { code, expires };
}

/**
 * Redeems a code for a registration of these public keys, as a Backend Services client bound to the code's facility. A code
 * that is unknown, used or expired is refused in the same words. Throws `forbidden`, or `invalid` for the keys.
 */
export async function redeemEnrolmentCode(sql: Sql, code: string, keys: readonly JWK[]): Promise<Enrolled> {
  const jwks = { keys: [...keys] };
  checkKeys({ jwks }, 'signing');
  return sql.begin(async (db) => {
    const [row] = await db<{ hash: string; name: string; facility: number; facility_name: string }[]>`
      select hash, name, facility, facility_name from enrolment_code
      where hash = ${hashOf(code)} and used is null and expires > now() for update`;
    if (!row) throw unknownCode();
    const facility = facilityCode(row.facility);
    const { clientId } = await registerClient(db as unknown as Sql, {
      name: row.name,
      facility,
      facilityName: row.facility_name,
      scope: 'system/*.cruds',
      proof: { method: 'private_key_jwt', keys: { jwks } },
    });
    await db`update enrolment_code set used = now(), client = ${clientId} where hash = ${row.hash}`;
    return { clientId, facility, facilityName: row.facility_name };
  });
}

/**
 * Puts a new key before the one in use, which goes on counting until the next renewal: messages under way are signed by it.
 * For clients that enrolled by a code. Throws `forbidden` for others, `invalid` for the keys.
 */
export async function renewClientKey(sql: Sql, client: string, keys: readonly JWK[]): Promise<void> {
  const [key, ...more] = keys;
  if (!key || more.length > 0) throw invalid('jwks', 'Send the one new public key');
  checkKeys({ jwks: { keys: [key] } }, 'signing');
  const rows = await sql`
    update oauth_client c set metadata = jsonb_set(metadata, '{jwks,keys}',
      jsonb_build_array(${sql.json(key as never)}::jsonb, (
        select k from jsonb_array_elements(metadata->'jwks'->'keys') k where k->>'kid' is distinct from ${key.kid ?? ''} limit 1)))
    where id = ${client} and active and exists (select from enrolment_code e where e.client = c.id) returning id`;
  if (rows.length === 0)
    throw outcomeError('forbidden', 'Only an edge agent that enrolled by a code renews its key here');
}

/** Removes codes that expired a month ago. */
export async function sweepEnrolmentCodes(sql: Sql): Promise<void> {
  await sql`delete from enrolment_code where used is null and expires < now() - interval '30 days'`;
}

const hashOf = (code: string) =>
  createHash('sha256')
    .update(code.toUpperCase().replace(/[^A-Z0-9]/g, ''))
    .digest('hex');

const unknownCode = () =>
  outcomeError(
    'forbidden',
    'Mã ghi danh không đúng, đã dùng hoặc hết hạn. Xin mã mới ở đơn vị vận hành trung tâm. The enrolment code is wrong, used or expired: ask the operator of the hub for a new one',
    'code',
  );
