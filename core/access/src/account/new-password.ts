import { outcomeError } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import type { Account } from '../accounts/accounts.ts';
import { replacePassword } from '../accounts/check-password.ts';
import { passwordFault, type PasswordFault } from '../accounts/password-rules.ts';
import { verifyPassword, type PasswordCost } from '../accounts/password.ts';
import { countPasskeys } from '../passkeys/passkeys.ts';
import { hasFactor } from '../second-factor/totp.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { say, type Phrase } from '../sign-in/words.ts';

const WORDS: Readonly<Record<PasswordFault, Phrase>> = {
  'too-short': 'passwordShort',
  'too-long': 'passwordLong',
  name: 'passwordName',
  common: 'passwordCommon',
};

/** A password somebody chose for their account. `session` is where they did, which goes on. */
export type ChosenPassword = {
  account: Account;
  password: string;
  language: string | undefined;
  session?: string;
};

/**
 * Puts a password in place that its owner chose, and ends their other sessions: who had the old one is out. Answers
 * the account with it. Throws `business-rule` naming the rule it breaks and what to do, `conflict` when another came first.
 */
export async function newPassword(
  { sql, demo, passwordCost }: { sql: Sql; demo?: unknown; passwordCost?: PasswordCost },
  { account, password, language, session }: ChosenPassword,
): Promise<Account> {
  const refuse = (phrase: Phrase) => outcomeError('business-rule', say(phrase, language), 'password');
  const fault = await passwordFault(password, {
    username: account.username,
    name: account.name,
    facilityName: account.facility_name,
    secondFactor: (await hasFactor(sql, account.id)) || (await countPasskeys(sql, account.id)) > 0,
    rehearsal: demo !== undefined,
  });
  if (fault) throw refuse(WORDS[fault]);
  if (account.password_hash && (await verifyPassword(password, account.password_hash)))
    throw refuse('passwordSame');
  const changed = await replacePassword(sql, account, password, { mustChange: false, cost: passwordCost });
  if (!changed) throw outcomeError('conflict', say('passwordChanged', language), 'current');
  await endSessions(
    sql,
    { account: account.id, ...(session ? { except: session } : {}) },
    'password-changed',
  );
  return changed;
}
