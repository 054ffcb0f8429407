import type { AccessBasis, AccessEvent, Caller } from '@yba/fhir';
import type { Capability } from '@yba/http';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityCode } from '@yba/repository';
import { logAgents } from './agents.ts';
import { auditEvent, lookKey } from './audit-event.ts';
import { auditEvents, type FindPatient } from './audit-events.ts';
import { groupedWriter } from './grouped-writer.ts';
import { rowWriter } from './log-rows.ts';
import { inclusionProofOperations } from './inclusion-proof.ts';
import { logNews } from './news.ts';
import { lastRead, lookers, looksAt } from './read-log.ts';
import { TakenOver } from './timeline.ts';
import { logRoutes } from './tree/routes.ts';

export type AuditOptions = {
  /** Public address without a slash at its end. */
  baseUrl: string;
  /** A pool of the database owner: nobody else may read the log. */
  owner: Sql;
  /** A pool of role yba_writer of the log's own (two connections do): never one that a waiting transaction could hold. */
  writer: Sql;
  ports: {
    patient: FindPatient;
    /** Whether a citizen reads the log of this other person. Absent: nobody does. */
    readsLogOf?(caller: Caller, person: string): Promise<boolean>;
    /** What each look rested on of which nobody said so when it was decided; undefined where nothing is known. One answer for each, in order. */
    explain(
      looks: readonly { event: AccessEvent; person: string }[],
    ): Promise<readonly (AccessBasis | undefined)[]>;
  };
};

/** Who made a look, for whoever asks about it. */
export type AskedLook = {
  person: string;
  facility: string | undefined;
  facilityName: string | undefined;
  isOwn: boolean;
};

/** The access log: what is written to it, and who may read it. */
export type Audit = {
  /**
   * The repository's port: `read` resolves once the event is durable; `write` goes with the caller's transaction, all
   * its events in one statement; `coming` says that something is on its way which will be read.
   */
  ports: {
    coming(): () => void;
    read(event: AccessEvent): Promise<void>;
    write(transaction: Transaction, events: readonly AccessEvent[]): Promise<void>;
  };
  /** AuditEvent read, search and proofs; keys and heads of the tree. */
  capability: Capability;
  /** A look at somebody's record, by its AuditEvent id: whose, which facility made it, and whether it was their own. */
  look(event: string): Promise<AskedLook | undefined>;
  /** AuditEvents by their ids, for those who have been asked about them: neither decided nor logged. */
  events(ids: readonly string[]): Promise<object[]>;
  /** Who of which facility stands in a person's log, each once. */
  lookers(person: string): Promise<{ subject: string; facility: number }[]>;
  /** When an app of others last read for a person (`account/<id>`). */
  lastRead(subject: string, client: string): Promise<Date | undefined>;
  /** Calls with the person keys whose log grew, in any server process, once that is committed. Answers how to stop. */
  listen(grew: (persons: string[]) => void): Promise<() => Promise<void>>;
};

/** Changes are told by the feed already. */
const TOLD_BY_FEED: ReadonlySet<AccessEvent['action']> = new Set([
  'create',
  'update',
  'delete',
  'transaction',
  'submit',
]);

type Bases = Map<AccessEvent, (AccessBasis | undefined)[]>;

/** Whose log grew by a look of somebody else: a person's own look is no news to them. */
function grownBy({ action, persons, caller }: AccessEvent): string[] {
  return TOLD_BY_FEED.has(action) ? [] : persons.filter((person) => person !== caller.person);
}

export async function createAudit({ baseUrl, owner, writer, ports }: AuditOptions): Promise<Audit> {
  const agents = logAgents(writer);
  const rows = rowWriter(writer);
  const writeRows = async (sql: Sql | Transaction, events: readonly AccessEvent[], bases?: Bases) =>
    rows(sql, events, await agents.of(events.map(({ caller }) => caller)), bases).catch((error: unknown) => {
      if (error instanceof TakenOver) agents.forget();
      throw error;
    });

  const readsLogOf = async (caller: Caller, person: string) =>
    (await ports.readsLogOf?.(caller, person)) ?? false;
  const news = logNews(owner, writer);
  const group = groupedWriter(async (events) => {
    const looks = events.flatMap((event) =>
      // an event that says its purpose needs no explaining; a look whose token said one does, as any other
      event.bases || (event.purpose && !event.caller.purposes) || event.outcome === 'denied'
        ? []
        : event.persons.map((person) => ({ event, person })),
    );
    const found = looks.length > 0 ? await ports.explain(looks) : [];
    const bases: Bases = new Map();
    looks.forEach(({ event }, n) => {
      const known = bases.get(event);
      if (known) known.push(found[n]);
      else bases.set(event, [found[n]]);
    });
    await writeRows(writer, events, bases).catch((error: unknown) => {
      if (!(error instanceof TakenOver)) throw error;
      return writeRows(writer, events, bases); // with what the database that took over has
    });
    news.tell(events.flatMap(grownBy));
  });

  const write = async (transaction: Transaction, events: readonly AccessEvent[]) => {
    if (events.length === 0) return;
    await writeRows(transaction, events);
    await news.tellWithin(transaction, events.flatMap(grownBy));
  };

  return {
    ports: { coming: group.coming, read: (event) => group.add(event), write },
    capability: {
      name: 'audit',
      operations: inclusionProofOperations({ sql: owner, log: (event) => group.add(event), readsLogOf }),
      routes: logRoutes(owner),
      resources: {
        AuditEvent: auditEvents({
          baseUrl,
          sql: owner,
          findPatient: ports.patient,
          readsLogOf,
          log: (event) => group.add(event),
        }),
      },
    },
    async look(event) {
      const key = lookKey(event);
      const [look] = key ? await looksAt(owner, [key]) : [];
      if (!look?.person) return undefined;
      return {
        person: look.person,
        facility: look.facility === null ? undefined : facilityCode(look.facility),
        facilityName: look.facility_name ?? undefined,
        isOwn: look.agent_person !== null && look.agent_person === look.person,
      };
    },
    async events(ids) {
      const keys = ids.flatMap((id) => lookKey(id) ?? []);
      const looks = keys.length === 0 ? [] : await looksAt(owner, keys);
      return looks.map((look) => auditEvent(look, undefined, `${baseUrl}/fhir`));
    },
    lookers: (person) => lookers(owner, person),
    lastRead: (subject, client) => lastRead(owner, subject, client),
    listen: news.listen,
  };
}
