import { randomSecret, serverSecret, type VneidOptions } from '@yba/access';
import type { Capability } from '@yba/http';
import type { SecretSeal, Sql } from '@yba/postgres';
import { addVneidCitizens, type VneidCitizen } from './vneid/citizens.ts';
import { imitation } from './vneid/imitation.ts';

export type HealthBookOptions = {
  /** Public address without a slash at its end. */
  baseUrl: string;
  /** A pool of the database owner. */
  sql: Sql;
  /** Seals its keys before they go into the database. */
  secrets: SecretSeal;
  /** Where this server reaches itself, once it listens: `http://127.0.0.1:8080`. */
  internalUrl: () => string;
};

/** The imitation of VNeID; for demo mode alone. */
export type HealthBook = {
  /** Its endpoints and sign-in page under `/vneid`. */
  capability: Capability;
  /** What access needs to use it as the national sign-in. */
  vneid: VneidOptions;
  /** Who can sign in at it; one that exists is brought up to date. */
  addVneidCitizens(citizens: readonly VneidCitizen[]): Promise<void>;
};

export async function createHealthBook({
  baseUrl,
  sql,
  secrets,
  internalUrl,
}: HealthBookOptions): Promise<HealthBook> {
  const { secret } = await serverSecret(sql, secrets, 'vneid-client', () => ({ secret: randomSecret() }));
  const client = { id: 'yba', secret, redirectUri: `${baseUrl}/oauth/vneid/callback` };
  const issuer = `${baseUrl}/vneid`;
  return {
    capability: { name: 'health-book', routes: await imitation({ issuer, sql, secrets, client }) },
    vneid: {
      issuer,
      clientId: client.id,
      clientSecret: secret,
      imitation: true,
      label: 'VNeID (mô phỏng)',
      internalUrl,
    },
    addVneidCitizens: (citizens) => addVneidCitizens(sql, citizens),
  };
}
