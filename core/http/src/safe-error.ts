/** What a log may say of an error: never a message that may quote a record, never SQL parameters. */
export type SafeError = { name: string; message?: string; code?: string; at: string[]; cause?: SafeError };

/** Errors of the language speak of code, not of data. SyntaxError is not one: JSON.parse quotes its input. */
const speaksOfCode = new Set(['TypeError', 'ReferenceError', 'RangeError']);

/** An error as a log line may carry it: name, code (SQLSTATE, errno), frames, and the same of its cause. */
export function safeError(error: unknown, depth = 0): SafeError {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const code = (error as { code?: unknown }).code;
  const at = (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 12);
  return {
    name: error.name,
    ...(speaksOfCode.has(error.name) ? { message: error.message } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    at: at.map((line) => line.slice(7)),
    ...(error.cause !== undefined && depth < 4 ? { cause: safeError(error.cause, depth + 1) } : {}),
  };
}
