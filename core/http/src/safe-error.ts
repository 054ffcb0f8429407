/** What a log may say of an error: never a message that may quote a record, never SQL parameters. */
export type SafeError = { name: string; message?: string; code?: string; at: string[]; cause?: SafeError };

/** Errors of the language speak of code, not of data. SyntaxError is not one: JSON.parse quotes its input. */
const speaksOfCode = new Set(['TypeError', 'ReferenceError', 'RangeError']);

/** SQLSTATE class 42, “syntax error or access rule violation”, quotes the statement, which holds no values. */
const isAboutStatement = (code: unknown) => typeof code === 'string' && /^42[0-9A-Z]{3}$/.test(code);

/** Frames of our own code; of others' only when there are no own ones. */
function framesOf({ stack = '' }: Error): string[] {
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const own = frames.filter((line) => !/node_modules|\(?node:/.test(line));
  return (own.length > 0 ? own : frames).slice(0, 10).map((line) => line.slice(7));
}

/** An error as a log line may carry it: name, code (SQLSTATE, errno), frames, and the same of its cause. */
export function safeError(error: unknown, depth = 0): SafeError {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    ...(speaksOfCode.has(error.name) || isAboutStatement(code) ? { message: error.message } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    at: framesOf(error),
    ...(error.cause !== undefined && depth < 4 ? { cause: safeError(error.cause, depth + 1) } : {}),
  };
}
