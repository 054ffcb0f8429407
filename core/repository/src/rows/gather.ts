/**
 * Makes single questions share a query: those asked in one turn are handed to `ask` together, whose answers stand in
 * the order of the questions. A failed query fails all of them.
 */
export function gather<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  type Waiting = { question: Question; answer(answer: Answer): void; fail(error: unknown): void };
  let waiting: Waiting[] = [];
  const flush = () => {
    const asked = waiting;
    waiting = [];
    const answering = (async () => ask(asked.map(({ question }) => question)))(); // what is thrown at once fails them too
    answering.then(
      (answers) => asked.forEach((each, index) => each.answer(answers[index]!)),
      (error: unknown) => asked.forEach((each) => each.fail(error)),
    );
  };
  return (question) =>
    new Promise((answer, fail) => {
      // next tick comes after all promises that are settled now, so whoever they wake asks along
      if (waiting.push({ question, answer, fail }) === 1) process.nextTick(flush);
    });
}
