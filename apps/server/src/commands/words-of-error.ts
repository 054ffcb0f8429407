import { isUnavailable, toOutcome } from '@yba/postgres';
import { ConfigError } from '../config.ts';

/**
 * What a command says of the error that ended it. Errors that name a remedy are made as such, and speak for themselves; a
 * disk without room, or a database that is away, says what to do; one of the language's own is a mistake of ours, with its stack.
 */
export function wordsOf(error: unknown): string {
  const { message, stack, name, code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `There is no room left on the disk${path ? ` of ${path}` : ''}. Make room and run the command again; what it had not finished is not taken for whole.`;
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return `${path ?? 'A file'} cannot be ${code === 'EROFS' ? 'written: its disk is mounted read-only. Mount it for writing' : 'used: it belongs to another user, or is closed to this one. Give it to the user that runs the server'}, or name another folder (${message}).`;
  if (isUnavailable(error)) return `${toOutcome(error).message}.`;
  return error instanceof ConfigError || ['Error', 'OutcomeError'].includes(name)
    ? message
    : (stack ?? message);
}
