import { createHash, randomInt } from 'node:crypto';
import { conflict } from '@yba/fhir';
import type { Sql } from '@yba/postgres';

const CODES = 10;
const GROUPS = 4;
const GROUP_LETTERS = 4;

/** Without letters that are read as others. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/**
 * Makes ten new recovery codes in place of the old ones and answers them, once. Each has 79 random bits and is good one
 * time, so that its SHA-256 is as safe as a slow hash. Throws `conflict` where there are no one-time codes to recover.
 */
export async function newRecoveryCodes(sql: Sql, account: string): Promise<string[]> {
  const codes = Array.from({ length: CODES }, copyableSecret);
  await sql.begin(async (transaction) => {
    // of two at once the later ones count alone
    const [factor] = await transaction`select from second_factor where account = ${account} for update`;
    if (!factor)
      throw conflict({
        en: 'One-time codes were turned off meanwhile; set them up first',
        vi: 'Mã xác thực vừa được tắt. Hãy bật mã xác thực trước.',
      });
    await transaction`delete from recovery_code where account = ${account}`;
    await transaction`insert into recovery_code (account, hash) select ${account}, hash from unnest(${codes.map(hashOf)}::text[]) as hash`;
  });
  return codes;
}

/** Uses up a recovery code; false when it is none of the account's. */
export async function takeRecoveryCode(sql: Sql, account: string, code: string): Promise<boolean> {
  return (
    (await sql`delete from recovery_code where account = ${account} and hash = ${hashOf(code)}`).count > 0
  );
}

/** How many recovery codes are left. */
export async function recoveryCodesLeft(sql: Sql, account: string): Promise<number> {
  const [row] = await sql<
    { n: number }[]
  >`select count(*)::int as n from recovery_code where account = ${account}`;
  return row!.n;
}

/** A secret people can copy by hand, of 79 random bits: `k7mq-2vxd-9hrt-wz4p`. */
export function copyableSecret(): string {
  const group = () =>
    Array.from({ length: GROUP_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

function hashOf(code: string): string {
  return createHash('sha256')
    .update(code.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
    .digest('hex');
}
