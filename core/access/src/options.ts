import type { AccessEvent, Caller, Role } from '@yba/fhir';
import type { GuardedFetch, RateLimits } from '@yba/http';
import type { SecretSeal, Sql, Transaction } from '@yba/postgres';
import type { PasswordCost } from './accounts/password.ts';

/** The national sign-in for citizens. Claims are named as its provider names them. */
export type VneidOptions = {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** True for the bundled imitation: the sign-in page says so. */
  imitation: boolean;
  /** Shown on the button. */
  label?: string;
  /** Where this server reaches the issuer itself, when that is another address than people use: `http://127.0.0.1:8080`. */
  internalUrl?: () => string;
  claims?: VneidClaims;
};

/**
 * Which claim holds the personal number, the name, and the account's level (2; whatever else it says is level 1. An
 * issuer that tells none, in the identity token or at its UserInfo endpoint, has accounts of one kind, level 2). Source: claims seen of the national public-service sign-in
 */
export type VneidClaims = { number: string; name: string; level?: string };

/** Who may sign in to the demonstration; shown on the sign-in page in demo mode alone. */
export type Persona = {
  username: string;
  password: string;
  name: string;
  role: Role;
  /** In Vietnamese: “Bác sĩ”. */
  roleName: string;
  facilityName?: string;
};

/** A Patient as it is offered to be picked. */
export type ShownPatient = { id: string; name: string; birthDate?: string; gender?: string };

export type AccessOptions = {
  /** Public address without a slash at its end; it is the OAuth issuer. */
  baseUrl: string;
  /** A pool of the database owner: secrets are granted to no other role. */
  sql: Sql;
  /** The same, for what decisions rest on (ConnectOptions `lookups`); `sql` unless given. */
  lookup?: Sql;
  /** Seals what must be read again (signing keys, second factors) before it goes into the database. */
  secrets: SecretSeal;
  ports: {
    /** The person key behind a national personal number, when anyone has it. */
    findPerson(number: string): Promise<string | undefined>;
    /** A Patient by its public id: row id, person key, facility number; undefined when there is none. */
    patient(id: string): Promise<{ patient: string; person: string; facility: number } | undefined>;
    /**
     * Patients that this caller may read, by their public id or by (part of) a name; the newest 20 when neither is given.
     * It is logged as any search. Absent: apps are opened for nobody.
     */
    patients?(
      caller: Caller,
      requestId: string,
      which: { id?: string; name?: string },
    ): Promise<ShownPatient[]>;
    /** Whether this caller may read an Encounter, and it is of this Patient's person. Logged as any search. Absent: apps are opened for no visit. */
    encounter?(caller: Caller, requestId: string, which: { id: string; patient: string }): Promise<boolean>;
    /** Who of which facility (its number) stands in a person's log, each once; the software that wrote among them. */
    lookers?(person: string): Promise<{ subject: string; facility: number }[]>;
    /** When an app last read for a person (`account/<id>`). Absent: it is not told. */
    lastRead?(subject: string, client: string): Promise<Date | undefined>;
    audit: {
      read(event: AccessEvent): Promise<void>;
      write(transaction: Transaction, events: readonly AccessEvent[]): Promise<void>;
    };
  };
  /** How often sign-in may be tried from one address; unless given each process counts for itself. */
  rateLimits?: RateLimits;
  /** How much work a hash of a password of staff costs; STAFF_COST unless given. */
  passwordCost?: PasswordCost;
  /** Minutes without a hand on a screen of staff until it locks; 10 unless given. */
  idleLockMinutes?: number;
  /** The same of a citizen's book; 30 unless given. */
  citizenLockMinutes?: number;
  /** How often each process asks what became of sessions, beside being told, in ms; 5 seconds unless given. */
  sessionPollMs?: number;
  /** Whether connections, or the proxy in front, may show certificates of clients. */
  clientCertificates?: boolean;
  /** Fetches the key sets that clients name; into public networks alone unless given. */
  fetch?: GuardedFetch;
  /** Absent: citizens cannot sign in. */
  vneid?: VneidOptions;
  /** Present in demo mode alone. */
  demo?: { personas(): readonly Persona[] | Promise<readonly Persona[]> };
  /** Told of unforeseen errors inside the sign-in. */
  onError?: (error: unknown) => void;
};
