import type { DatabaseSync } from 'node:sqlite';

/**
 * The steps from an empty file to the present layout, forward only: a folder of an older release takes those it lacks, and
 * loses nothing. `user_version` of the file says how many it has.
 */
const STEPS: readonly string[] = [
  `create table message (
     seq         integer primary key autoincrement,
     id          text    not null unique,
     patient     text    not null,
     event       text    not null,
     source      text    not null,
     origin      text    not null,
     hash        text    not null,
     size        integer not null,
     body        blob,
     state       text    not null,
     kept_at     integer not null,
     received_at integer,
     settled_at  integer,
     asked_at    integer not null default 0,
     attempts    integer not null default 0,
     answer      text
   ) strict;
   create index message_state on message (state, seq);
   create index message_asked on message (asked_at, seq) where state = 'received';
   create index message_settled on message (settled_at) where settled_at is not null;
   create table fact (name text primary key, value text not null) strict, without rowid;`,
  // the twin finds people
  `create table person (
     patient text    primary key,
     name    text    not null,
     folded  text    not null,
     birth   text    not null,
     sex     text    not null,
     numbers text    not null,
     seen    integer not null
   ) strict, without rowid;
   create index person_seen on person (seen);
   create index message_patient on message (patient, seq);`,
  // the twin has a file of its own, sealed
  `drop table person;
   drop index message_patient;`,
];

/** Brings the file to the present layout. Throws Error when it is of a newer release. */
export function prepareSchema(database: DatabaseSync, steps: readonly string[] = STEPS): void {
  const { user_version: has } = database.prepare('pragma user_version').get() as { user_version: number };
  if (has > steps.length)
    throw new Error(
      'The outbox was written by a newer release of Y Bạ. Start that release, or a later one; nothing was changed.',
    );
  for (let step = has; step < steps.length; step++) {
    database.exec('begin immediate');
    try {
      database.exec(steps[step]!);
      database.exec(`pragma user_version = ${step + 1}`);
      database.exec('commit');
    } catch (error) {
      database.exec('rollback');
      throw error;
    }
  }
}
