import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Sql } from '@yba/postgres';
import type { Told } from './ask-source.ts';

/** One source's answer to one question of one asker, as it was kept. */
export type Kept = { at: Date; told: Told };

/** Answers this old are shown as they are, in ms; the screen asks again as late ones arrive. */
export const FRESH_MS = 120_000;

/** Older ones are shown beside a source that is silent, with their age, until they are this old; then they are dropped. */
const KEPT_MS = 15 * 60_000;

/** Whose question it is, and what. An answer given to one person for one purpose is not another's. */
export type Question = { subject: string; purpose: string; type: string; query: string };

/** What a question is kept under: it shows neither codes nor dates. */
export const keyOf = ({ purpose, type, query }: Question): string =>
  createHash('sha256').update(`${purpose} ${type}?${query}`).digest('base64url');

/** The answers kept to a question, by Patient row id. One of a moment that has not come is of a clock that was ahead, and of unknown age. */
export async function keptAnswers(
  sql: Sql,
  patients: readonly string[],
  question: Question,
): Promise<Map<string, Kept>> {
  const rows = await sql<{ patient: string; at: Date; body: Buffer }[]>`
    select patient, at, body from live_answer
    where patient = any(${patients as string[]}::uuid[]) and subject = ${question.subject} and question = ${keyOf(question)}
      and at between now() - make_interval(secs => ${KEPT_MS / 1000}) and now() + interval '1 minute'`;
  return new Map(
    rows.map(({ patient, at, body }) => [
      patient,
      { at, told: JSON.parse(zstdDecompressSync(body).toString()) as Told },
    ]),
  );
}

/** Keeps an answer, and that the source has told something of this Patient. */
export async function keepAnswer(sql: Sql, patient: string, question: Question, told: Told): Promise<void> {
  const body = zstdCompressSync(JSON.stringify(told));
  await sql`
    insert into live_answer (patient, subject, question, at, body)
    values (${patient}, ${question.subject}, ${keyOf(question)}, now(), ${body})
    on conflict (patient, subject, question) do update set at = excluded.at, body = excluded.body`;
  await sql`
    insert into live_contact (patient, told) values (${patient}, now())
    on conflict (patient) do update set told = excluded.told`;
}

/** Drops what is too old to be shown. Answers how many. */
export async function sweepAnswers(sql: Sql): Promise<number> {
  const { count } = await sql`
    delete from live_answer where at not between now() - make_interval(secs => ${KEPT_MS / 1000}) and now() + interval '1 minute'`;
  return count;
}
