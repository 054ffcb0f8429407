import type { Parts } from './parts.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Hourly chores: expired sign-ins are removed, next month's partitions made. Answers how to stop. */
export function runUpkeep(
  { access, audit }: Pick<Parts, 'access' | 'audit'>,
  onError: (error: unknown, doing: string) => void,
): () => void {
  const chores = setInterval(() => {
    access.sweep().catch((error: unknown) => onError(error, 'removing expired sign-ins'));
    audit.ensureMonths().catch((error: unknown) => onError(error, 'making partitions'));
  }, HOUR_MS);
  chores.unref();
  return () => clearInterval(chores);
}
