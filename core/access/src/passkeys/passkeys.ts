import { conflict, outcomeError } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Artifacts } from '../oidc/artifacts.ts';
import type { SignInSession } from '../sessions/sign-in-sessions.ts';

/** Loaded at the first passkey: its 250 modules are an eighth of a start. */
const webauthn = () => import('@simplewebauthn/server');

const CHALLENGE_S = 5 * 60;

/** Passkeys of one account are this many at most. */
const MOST = 20;

/**
 * Ed25519, ES256, RS256: what authenticators make. Unless named, SimpleWebAuthn asks Node for ML-DSA too, which warns on
 * standard error that it is experimental. Source: https://www.iana.org/assignments/cose/cose.xhtml#algorithms
 */
const ALGORITHMS = [-8, -7, -257];

/** A passkey as its owner sees it. `synced`: it is kept by an account of the device's maker and works on several devices. */
export type Passkey = {
  id: string;
  name: string;
  synced: boolean;
  created: Date;
  lastUsed: Date | null;
};

/** Registration of passkeys, and proof of having one. */
export type Passkeys = {
  /** What the browser makes a key with, bound to `use`: the session that asked. */
  beginRegistration(
    account: { id: string; username: string; name: string },
    use: string,
  ): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /**
   * Keeps the key the browser made, for the account of the session it is made in. Throws `security` when the answer does not hold,
   * `conflict` when the key is known, `login` when the session is over.
   */
  register(
    session: Pick<SignInSession, 'id'>,
    use: string,
    name: string,
    response: RegistrationResponseJSON,
  ): Promise<void>;
  /** What the browser proves a key with; of one account when it is named, else of whoever holds the device. */
  beginProof(use: string, account?: string): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** The account whose passkey proved itself, with fingerprint, face or the device's code; undefined when it does not hold. */
  prove(use: string, response: AuthenticationResponseJSON): Promise<string | undefined>;
  list(account: string): Promise<Passkey[]>;
  /** False when there is no such passkey of this account. */
  remove(account: string, id: string): Promise<boolean>;
};

type Row = {
  id: string;
  account: string;
  public_key: Buffer;
  counter: string;
  transports: string[];
};

/**
 * Passkeys for the host of the public address. A challenge is good once, for five minutes, and for the sign-in or session
 * it was made for; origin and relying party are those of the public address, whatever a request says.
 * Source: https://www.w3.org/TR/webauthn-3/
 */
export function passkeys(sql: Sql, artifacts: Artifacts, baseUrl: string): Passkeys {
  const { origin, hostname } = new URL(baseUrl);
  const challenges = artifacts.adapter('PasskeyChallenge');
  const keep = (challenge: string, use: string) => challenges.upsert(challenge, { use }, CHALLENGE_S);
  const expectedChallenge = (use: string) => async (challenge: string) =>
    (await artifacts.take('PasskeyChallenge', challenge))?.use === use;
  const keysOf = (account: string) => sql<Row[]>`select * from passkey where account = ${account}`;

  return {
    async beginRegistration({ id, username, name }, use) {
      const known = await keysOf(id);
      if (known.length >= MOST)
        throw outcomeError('business-rule', `An account has at most ${MOST} passkeys; remove one first`);
      const { generateRegistrationOptions } = await webauthn();
      const options = await generateRegistrationOptions({
        rpName: 'Y Bạ',
        rpID: hostname,
        userName: username,
        userDisplayName: name,
        userID: new Uint8Array(Buffer.from(id.replaceAll('-', ''), 'hex')),
        attestationType: 'none',
        supportedAlgorithmIDs: ALGORITHMS,
        excludeCredentials: known.map(({ id: key, transports }) => ({ id: key, transports })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      await keep(options.challenge, use);
      return options;
    },

    async register({ id: session }, use, name, response) {
      const { verifyRegistrationResponse } = await webauthn();
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response,
        expectedChallenge: expectedChallenge(use),
        expectedOrigin: origin,
        expectedRPID: hostname,
        requireUserVerification: true,
        supportedAlgorithmIDs: ALGORITHMS,
      }).catch(notHeld);
      if (!verified || !registrationInfo) return notHeld();
      const { credential, credentialBackedUp } = registrationInfo;
      // held until it is kept: who ends the session, as a reset does before it takes keys away, waits or comes first
      const [row] = await sql<{ open: boolean; kept: boolean }[]>`
        with asking as materialized (
          select account from sign_in_session where id = ${session} and ended is null for share),
        kept as (
          insert into passkey (id, account, public_key, counter, transports, synced, name)
          select ${credential.id}, account, ${Buffer.from(credential.publicKey)}::bytea, ${credential.counter}::bigint,
            ${credential.transports ?? []}::text[], ${credentialBackedUp}::boolean, ${name}
          from asking on conflict (id) do nothing returning id)
        select exists (select from asking) as open, exists (select from kept) as kept`;
      if (!row!.open) throw outcomeError('login', 'This session has ended; sign in again');
      if (!row!.kept) throw conflict('This passkey is registered already');
    },

    async beginProof(use, account) {
      const { generateAuthenticationOptions } = await webauthn();
      const options = await generateAuthenticationOptions({
        rpID: hostname,
        userVerification: 'required',
        ...(account
          ? { allowCredentials: (await keysOf(account)).map(({ id, transports }) => ({ id, transports })) }
          : {}),
      });
      await keep(options.challenge, use);
      return options;
    },

    async prove(use, response) {
      const [row] = await sql<Row[]>`select * from passkey where id = ${String(response.id)}`;
      if (!row) return undefined;
      const { id, account, transports } = row;
      const credential = {
        id,
        publicKey: new Uint8Array(row.public_key),
        counter: Number(row.counter),
        transports,
      };
      const { verifyAuthenticationResponse } = await webauthn();
      const proof = await verifyAuthenticationResponse({
        response,
        expectedChallenge: expectedChallenge(use),
        expectedOrigin: origin,
        expectedRPID: hostname,
        requireUserVerification: true,
        credential,
      }).catch(() => undefined);
      if (!proof?.verified) return undefined;
      const { newCounter } = proof.authenticationInfo;
      // a counter that does not grow is a copied key; keys that do not count stay at 0
      const { count } = await sql`
        update passkey set counter = ${newCounter}, last_used = now()
        where id = ${id} and (counter < ${newCounter} or (counter = 0 and ${newCounter} = 0))`;
      return count > 0 ? account : undefined;
    },

    list: (account) => sql<Passkey[]>`
      select id, name, synced, created, last_used as "lastUsed" from passkey where account = ${account} order by created`,

    async remove(account, id) {
      return (await sql`delete from passkey where account = ${account} and id = ${id}`).count > 0;
    },
  };
}

/** How many passkeys an account has. */
export async function countPasskeys(sql: Sql, account: string): Promise<number> {
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from passkey where account = ${account}`;
  return row!.n;
}

function notHeld(): never {
  throw outcomeError(
    'security',
    'The passkey could not be verified here; begin again, on the public address of this server',
  );
}
