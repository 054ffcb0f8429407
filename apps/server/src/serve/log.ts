import { safeError } from '@yba/http';
import type { Config } from '../config.ts';

/** Lines are gathered this long, in ms: a system call for each would be a good part of a read. */
const GATHER_MS = 50;

/** Told of what went wrong beside requests: the error, and what was being done. */
export type Tell = (error: unknown, doing?: string) => void;

/** Where a log's lines go. */
export type Lines = { write(line: string): void };

/** Of the logs of this process, those that hold lines. */
const unwritten = new Set<() => void>();
process.once('exit', () => unwritten.forEach((flush) => flush()));

/** Lines on standard error, several in one write; what is left when the process ends goes then. */
export function logLines(output: Pick<NodeJS.WriteStream, 'write'> = process.stderr): Lines {
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    unwritten.delete(flush);
    const text = gathered;
    gathered = '';
    if (text) output.write(text);
  };
  return {
    write(line) {
      gathered += line;
      unwritten.add(flush);
      timer ??= setTimeout(flush, GATHER_MS).unref();
    },
  };
}

/** Tells of errors beside requests as the log of requests does: JSON, and nothing that may quote a record. */
export function tellErrors({ logLevel }: Pick<Config, 'logLevel'>, lines: Lines): Tell {
  if (logLevel === 'silent') return () => {};
  return (error, doing = 'sign-in') =>
    lines.write(
      `${JSON.stringify({ level: 50, time: Date.now(), error: safeError(error), doing, msg: 'went wrong' })}\n`,
    );
}
