import type { Sql } from '@yba/postgres';
import { Lanes } from '@yba/repository';
import type { Facts } from './evaluate.ts';
import { factsAbout, type FactsQuestion } from './facts.ts';

/** Answers what is known about the person of a Patient; undefined where it is nobody's. */
export type GroupedFacts = (question: FactsQuestion) => Promise<Facts | undefined>;

type Waiting = {
  size: 1;
  question: FactsQuestion;
  answer(facts: Facts | undefined): void;
  fail(error: unknown): void;
};

/** Questions in one statement, and statements under way at once. */
const LIMITS = { lanes: 2, jobs: 200, size: 200, waiting: 5_000 };

/**
 * Facts for decisions that wait in the same moment come by one statement, and the same question is put once: a screen
 * that opens a chart asks six times about one person. A decision never rests on facts from before it was asked for.
 */
export function groupedFacts(sql: Sql): GroupedFacts {
  const lanes = new Lanes<Waiting>(LIMITS, async (group) => {
    const same = [...Map.groupBy(group, keyOf).values()];
    try {
      const facts = await factsAbout(
        sql,
        same.map(([first]) => first!.question),
      );
      same.forEach((waiting, n) => waiting.forEach(({ answer }) => answer(facts[n])));
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
    return [];
  });
  return (question) => new Promise((answer, fail) => lanes.add({ size: 1, question, answer, fail }));
}

/** All that the answer rests on; role and header tell apart software that names nobody, or nobody vouched for. */
const keyOf = ({ question: { caller, facility, ...about } }: Waiting) =>
  JSON.stringify([about, facility, caller.subject, caller.practitioner, caller.role, caller.namedBeside]);
