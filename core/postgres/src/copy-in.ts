import type { PendingQuery, Sql, Transaction } from './connect.ts';

/**
 * Copies rows that are there already, in the format that the statement (`copy … from stdin`) names; answers how many with `count`.
 * A query like any other: sent in one piece with those before and behind it. The server takes rows before it has said that
 * it is ready for them, and passes over them where it refuses the statement.
 * Source: https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-COPY
 */
export function copyIn(db: Sql | Transaction, statement: string, rows: Uint8Array): PendingQuery<[]> {
  return db.unsafe(statement, [], { rows } as object);
}
