import type { AccessBasis, AccessEvent, Caller, Context, Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';

/** What a decision is asked about. */
export type AccessRequest = {
  action: 'read' | 'write';
  /** Resource types concerned; empty for system-wide history. */
  types: readonly string[];
  /** How a read asks, which scopes tell apart: for one resource that is named, or for whatever matches. Absent: either will do. */
  by?: 'id' | 'search';
  /** Those of `types` of which something is created, updated or patched, deleted; where none is told, any right to write will do. */
  creates?: readonly string[];
  updates?: readonly string[];
  deletes?: readonly string[];
  /** Patient row ids the request names; absent when it names nobody: then all that are open count. */
  patients?: readonly string[];
  /** What is asked for, for the log of a refusal: `Type/id`. */
  target?: string;
  /** Whatever is named, for the log of a refusal, as `Type/id`: what a write is of and what its resources refer to, what a search asks for by `_id`. */
  named?(): readonly string[];
  /** Asks only whether it would be allowed: a refusal is no access that was denied. */
  probe?: true;
  /** The answer is a copy to take away, which is a right of its own beside reading. */
  exports?: boolean;
};

/** How far a caller may see and write: pushed into SQL and enforced again by row-level security. */
export type Reach = {
  /** 5-character code of the facility whose rows are the caller's own. */
  facility?: string;
  /** Row ids of the Patients open to the caller, over all links of each opened person. */
  patients: readonly string[];
  /** The person concerned: sees labelled (sensitive) rows of `patients` too. */
  self: boolean;
  /** What is kept back within that; absent for nearly everybody. */
  limits?: Limits;
  /** For the access log, what looks within this rest on: at rows of the own facility, at open persons by key. Absent: the log asks. */
  bases?: { own: AccessBasis; persons: ReadonlyMap<string, AccessBasis> };
  /** Jobs of the platform itself: row-level security does not apply. */
  everything?: boolean;
};

/**
 * What of the rows within a reach is kept back, or shown besides. All of it is SQL: searches, counts, chains, included
 * resources and histories cannot show what is left out here.
 */
export type Limits = {
  /** Nothing but these types: what a role or scope is confined to. */
  types?: readonly string[];
  /** Of these types only rows with certain search terms: the filters of scopes. A type not named is not narrowed. */
  only?: Readonly<Record<string, readonly TermAlternative[]>>;
  /**
   * Nothing but these Patients (by row id) and the shared registries, and what of the `free` types is shown otherwise: an
   * app that was opened for one person.
   */
  context?: { patients: readonly string[]; free?: readonly string[] };
  /** By Patient row id. */
  patients?: Readonly<Record<string, PatientLimit>>;
};

/** A row meets it when it has, of each list, one of the terms (`termHash('category|laboratory')`). */
export type TermAlternative = readonly (readonly number[])[];

/** What of one Patient is shown otherwise than the reach says. Classes are bits of SENSITIVITY. */
export type PatientLimit = {
  /** Nothing of this Patient, the own facility's rows included. */
  none?: boolean;
  /** Not even found by identity: who is refused by name does not learn where the person lives. */
  unfindable?: boolean;
  /** Sensitive classes of other facilities' rows that are shown. */
  shows?: number;
  /** Kept back of other facilities' rows: types, and classes. */
  types?: readonly string[];
  hides?: number;
  /** The same of the own facility's rows. */
  ownTypes?: readonly string[];
  ownHides?: number;
};

/** A Patient about to be written whose person must be known. `key` is the asker's own. */
export type PersonQuestion = {
  key: string;
  resource: Resource;
  facility: number;
  /** Its row, and the person it is linked to today, when it is already stored. */
  patient?: string;
  linked?: string;
};

/** Whose a Patient is. `unknown` tells why it goes to the identity work list; then `person` is a key of its own. */
export type PersonAnswer = { person: string; unknown?: 'no-number' | 'numbers-disagree' };

/** A Patient written: its row id, its person now and before. */
export type PersonLink = {
  patient: string;
  resource: Resource;
  facility: number;
  answer: PersonAnswer;
  was?: string;
  /** Who wrote it: a caller's subject. */
  by: string;
};

/** An identifier that a search asks for; without a system, of whatever kind it may be. */
export type NumberAsked = { system?: string; value: string };

/** Whose chart a resource lies in, and which facility wrote it. */
export type NamedChart = { patient: string; facility: number; person: string };

/**
 * What the repository asks of higher layers; `apps/server` fills them in.
 * `persons.resolve` answers the person of each Patient (a new key when nobody is known by its numbers) and never merges
 * on a guess. It runs inside the writing transaction and changes nothing: what it decided may not be written after all.
 * `persons.linked` is told what is written, and claims the numbers; when another writer was faster with one it throws
 * `transient`, and the write is repeated.
 */
export type Ports = {
  /** Throws OutcomeError `forbidden` when role or scope do not allow the types at all. */
  decide(context: Context, request: AccessRequest): Promise<Reach>;
  persons: {
    resolve(
      transaction: Transaction,
      questions: readonly PersonQuestion[],
    ): Promise<Map<string, PersonAnswer>>;
    linked(transaction: Transaction, links: readonly PersonLink[]): Promise<void>;
    /** Every chart of whoever holds these numbers; of identifiers that are no number of a person it asks nobody. */
    numbered?(identifiers: readonly NumberAsked[]): Promise<NamedChart[]>;
  };
  audit: {
    /** Something is under way that will be `read`, most likely, and others may wait for it to share a commit. Answers how to say that it ended. */
    coming?(): () => void;
    /** Durable once it resolves. */
    read(event: AccessEvent): Promise<void>;
    /** Written with the changes they tell of, all in one statement. */
    write(transaction: Transaction, events: readonly AccessEvent[]): Promise<void>;
  };
  /** Told, in the transaction, of what people wrote (`CareTeam/1`); of what software wrote it is not. */
  authored?(
    transaction: Transaction,
    writes: readonly { caller: Caller; references: readonly string[] }[],
  ): Promise<void>;
};
