/**
 * Repeats a step, from 0 on, until some work has ended, however it ended: a test that fails leaves nothing running
 * behind it, for that would keep its process alive for ever. Answers how many steps were done.
 */
export async function meanwhile(
  step: (n: number) => Promise<unknown>,
  work: () => Promise<unknown>,
): Promise<number> {
  let ended = false;
  let steps = 0;
  const steady = (async () => {
    for (; !ended; steps++) await step(steps);
  })();
  steady.catch(() => {}); // told below, once the work has ended
  try {
    await work();
  } finally {
    ended = true;
    await steady;
  }
  return steps;
}
