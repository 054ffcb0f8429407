import type { Sql } from '@yba/postgres';

/**
 * Removes artifacts, locked in the order of their keys whichever index found them, as sessions are: a revocation, the end of a
 * session and the sweep may want some of the same. Answers whose they were.
 */
export const removeArtifacts = (sql: Sql, which: ReturnType<Sql>) => sql<{ account: string | null }[]>`
  with taken as materialized (
    select issuer, model, id from oauth_artifact where ${which} order by issuer, model, id for update)
  delete from oauth_artifact a using taken where (a.issuer, a.model, a.id) = (taken.issuer, taken.model, taken.id)
  returning a.payload ->> 'accountId' as account`;
