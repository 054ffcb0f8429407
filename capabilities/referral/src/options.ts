import type { AccessEvent, Context, Resource } from '@yba/fhir';
import type { GuardedFetch } from '@yba/http';
import type { SecretSeal, Sql } from '@yba/postgres';
import type { AccessRequest, Reach, Repository } from '@yba/repository';

export type ReferralOptions = {
  /** The owner's pool: the books of papers and of who is party to what. */
  sql: Sql;
  repository: Repository;
  /** Writes rows of one facility for another that has a part in them; the access log names who asked. */
  inNameOf: {
    store: Repository;
    /** The same request, as a change of that facility's rows. */
    as(context: Context, facility: string): Context;
  };
  /** The policy point. */
  decide(context: Context, request: AccessRequest): Promise<Reach>;
  audit: { read(event: AccessEvent): Promise<void> };
  /** Web Push to the devices of citizens. */
  push: {
    /** The server's VAPID keys (RFC 8292), base64url. */
    keys(): Promise<{ publicKey: string; privateKey: string }>;
    /** Seals where devices are told and with which keys. */
    secrets: SecretSeal;
    /** Whom a push service may write to: `https:` or `mailto:`. */
    contact: string;
    /** A fetch that reaches public addresses alone. */
    fetch: GuardedFetch;
  };
  now?: () => Date;
};

/** The server itself, for what belongs to no caller. */
export const PLATFORM_CONTEXT: Context = {
  caller: { role: 'platform', client: 'yba', subject: 'client/yba', name: 'Y Bạ', scopes: [] },
  requestId: 'referral',
};

type Parameter = {
  name: string;
  valueString?: string;
  valueCode?: string;
  valueUri?: string;
  valueBoolean?: boolean;
  valueDate?: string;
  valueDateTime?: string;
  valueReference?: { reference?: string };
  valueCoding?: { system?: string; code?: string; display?: string };
  valueIdentifier?: { system?: string; value?: string };
  part?: Parameter[];
};

/** The parameters of an operation by name. */
export function parametersOf(body: Resource | undefined) {
  const all = (body?.['parameter'] ?? []) as Parameter[];
  const named = (name: string) => all.filter((one) => one.name === name);
  return {
    all: named,
    /** Trimmed words; undefined when there are none. */
    text(name: string): string | undefined {
      const [one] = named(name);
      const words = (one?.valueString ?? one?.valueCode ?? one?.valueDateTime ?? one?.valueDate)
        ?.normalize('NFC')
        .trim();
      return words === '' ? undefined : words;
    },
    flag: (name: string): boolean => named(name)[0]?.valueBoolean === true,
    reference: (name: string): string | undefined => named(name)[0]?.valueReference?.reference,
    references: (name: string): string[] =>
      named(name).flatMap(({ valueReference }) => valueReference?.reference ?? []),
    coding: (name: string) => named(name)[0]?.valueCoding,
    codings: (name: string) => named(name).flatMap(({ valueCoding }) => valueCoding ?? []),
    identifier: (name: string) => named(name)[0]?.valueIdentifier,
  };
}

export type Parameters = ReturnType<typeof parametersOf>;
