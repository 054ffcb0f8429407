import { Lanes } from './lanes.ts';
import type { LaneLimits } from './lanes.ts';

/** Answers questions together, in their order. */
type Ask<Question, Answer> = (questions: readonly Question[]) => Promise<readonly Answer[]>;

/** A question that waits for its answer. */
type Asked<Question, Answer> = {
  question: Question;
  answer(answer: Answer): void;
  fail(error: unknown): void;
};

/**
 * Makes single questions share a query: those asked in one turn are handed to `ask` together, whose answers stand in
 * the order of the questions. A failed query fails all of them.
 */
export function gather<Question, Answer>(
  ask: Ask<Question, Answer>,
): (question: Question) => Promise<Answer> {
  let waiting: Asked<Question, Answer>[] = [];
  const flush = () => {
    const asked = waiting;
    waiting = [];
    void answerAll(asked, ask);
  };
  return (question) =>
    new Promise((answer, fail) => {
      // next tick comes after all promises that are settled now, so whoever they wake asks along
      if (waiting.push({ question, answer, fail }) === 1) process.nextTick(flush);
    });
}

/**
 * As `gather`, for questions of whomever, at any moment: they go in lanes, and what is asked while all are busy goes together
 * next. An answer is never older than its question. Rejects with `transient` when too many wait.
 */
export function gatherInLanes<Question, Answer>(
  limits: LaneLimits,
  ask: Ask<Question, Answer>,
  sizeOf: (question: Question) => number = () => 1,
): (question: Question) => Promise<Answer> {
  const lanes = new Lanes<Asked<Question, Answer> & { size: number }>(limits, async (asked) => {
    await answerAll(asked, ask);
    return [];
  });
  return (question) =>
    new Promise((answer, fail) => lanes.add({ size: sizeOf(question), question, answer, fail }));
}

async function answerAll<Question, Answer>(
  asked: readonly Asked<Question, Answer>[],
  ask: Ask<Question, Answer>,
): Promise<void> {
  try {
    const answers = await ask(asked.map(({ question }) => question));
    asked.forEach((each, index) => each.answer(answers[index]!));
  } catch (error) {
    for (const { fail } of asked) fail(error);
  }
}
