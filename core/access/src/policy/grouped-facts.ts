import type { Sql } from '@yba/postgres';
import { gatherInLanes } from '@yba/repository';
import type { Facts } from './evaluate.ts';
import { factsAbout, type FactsQuestion } from './facts.ts';

/** Answers what is known about the person of a Patient; undefined where it is nobody's. */
export type GroupedFacts = (question: FactsQuestion) => Promise<Facts | undefined>;

/** Questions in one statement, and statements under way at once. */
const LIMITS = { lanes: 2, jobs: 200, size: 200, waiting: 5_000 };

/**
 * Facts for decisions that wait in the same moment come by one statement, and the same question is put once: a screen
 * that opens a chart asks six times about one person. A decision never rests on facts from before it was asked for.
 */
export function groupedFacts(sql: Sql): GroupedFacts {
  return gatherInLanes(LIMITS, async (questions) => {
    const keys = questions.map(keyOf);
    const distinct = new Map(keys.map((key, n) => [key, questions[n]!]));
    const facts = await factsAbout(sql, [...distinct.values()]);
    const answers = new Map([...distinct.keys()].map((key, n) => [key, facts[n]]));
    return keys.map((key) => answers.get(key));
  });
}

/** All that the answer rests on; role and header tell apart software that names nobody, or nobody vouched for. */
const keyOf = ({ caller, facility, ...about }: FactsQuestion) =>
  JSON.stringify([about, facility, caller.subject, caller.practitioner, caller.role, caller.namedBeside]);
