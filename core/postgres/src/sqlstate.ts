import { OutcomeError } from '@yba/fhir';
import type { IssueType } from '@yba/fhir';

/** A password or rule that was changed, a database that was renamed or closed: mended there, and for no caller to do. */
const SHUT = 'The database does not let the server in; try again once whoever looks after it has mended that';

/**
 * What a SQLSTATE (or its class, two characters) means to a caller. What is not listed is a fault of
 * ours and stays an exception. Source: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const MEANING: Record<string, [IssueType, string]> = {
  '23505': ['duplicate', 'A resource with this key is already there'],
  '23503': ['conflict', 'Something this refers to was removed at the same time; try again'],
  '40001': ['transient', 'Another change to the same data came first; try again'],
  '40P01': ['transient', 'Another change to the same data came first; try again'],
  '55P03': ['transient', 'The data is being changed by another request; try again'],
  '57014': ['timeout', 'The query took too long; ask for less'],
  '42501': ['forbidden', 'The database refuses this to the role of the request'],
  '22021': ['invalid', 'The text holds a character that cannot be stored (U+0000, or broken UTF-8)'],
  '08': ['transient', 'The database cannot be reached; try again'],
  '53100': [
    'transient',
    'The disk of the database is full; nothing of this was stored. Try again once there is room',
  ],
  '53': ['transient', 'The database is short of resources (disk, memory or connections); try again'],
  '57': ['transient', 'The database is stopping or starting; try again'],
  '2200H': [
    'transient',
    'A series of numbers of the database is used up; nothing of this was stored. Tell whoever looks after the database',
  ],
  '25P03': [
    'transient',
    'The database ended a transaction that stood still (idle_in_transaction_session_timeout); try again',
  ],
  '25P04': [
    'transient',
    'The database ended a transaction that took too long (transaction_timeout); try again',
  ],
  '25006': [
    'transient',
    'The database takes no writes at the moment (it is read-only); nothing of this was stored. Try again later',
  ],
  '28': ['transient', SHUT],
  '3D000': ['transient', SHUT],
  '58': [
    'transient',
    'The disk of the database cannot be read or written; nothing of this was stored. Try again once it is mended',
  ],
};

/**
 * PostgreSQL tells EACCES, EPERM and EROFS of its own files by the code it has for a role that may not: a disk that was
 * mounted read-only is no refusal. Source: `errcode_for_file_access` in src/backend/utils/error/elog.c of PostgreSQL 18
 */
const FILE_FAULT = /^could not .*(?:file|directory)/;

/** What PostgreSQL says of a database that was closed to connections. */
const CLOSED = /is not currently accepting connections/;

/** What the driver says of a line to the database that broke, and the system of any. */
const LINE_BROKEN = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNRESET',
  'EPIPE',
]);

/** Making a line fails in many ways: nobody listens, its name is not known, no way there, no file descriptor left. */
const MAKING_A_LINE = new Set(['connect', 'getaddrinfo']);

/** What the system says of a line that stands, when the way there is gone. */
const WAY_GONE = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN']);

/** The OutcomeError that a database error means; any other error comes back as it is. The only reader of SQLSTATE. */
export function toOutcome(error: unknown): Error {
  if (error instanceof OutcomeError) return error;
  const code = codeOf(error);
  if (typeof code !== 'string') return error instanceof Error ? error : new Error(String(error));
  const meaning =
    MEANING[code] ??
    (isLineGone(error, code)
      ? MEANING['08']
      : /^[0-9A-Z]{5}$/.test(code)
        ? MEANING[code.slice(0, 2)]
        : undefined);
  if (!meaning) return error as Error;
  return new OutcomeError([{ severity: 'error', code: meaning[0], diagnostics: meaning[1] }], {
    cause: error,
  });
}

const CONFLICTS = new Set(['40001', '40P01', '55P03', '23505']);

/**
 * Whether another transaction got in the way of this one, which was rolled back and may be run again as a whole: a
 * serialisation failure, a deadlock, a lock not had in time, a key taken meanwhile, or what our own code found so
 * (`transient`). A connection lost is none: whether its transaction was committed is not known.
 */
export function isConflict(error: unknown): boolean {
  if (error instanceof OutcomeError) return error.code === 'transient' && error.cause === undefined;
  return CONFLICTS.has((error as { code?: string } | null)?.code ?? '');
}

/** Whether the database itself is away, full or stopping: nothing else would fare better. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (typeof code !== 'string') return false;
  return /^(08|28|3D000|53|57P|58|25006)/.test(code) || isLineGone(error, code);
}

function codeOf(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  if (code === '42501' && FILE_FAULT.test(message ?? '')) return '58030';
  if (code === '55000' && CLOSED.test(message ?? '')) return '3D000';
  return code;
}

/** Whether the line to the database is not there: it broke, or none can be made. */
function isLineGone(error: unknown, code: string): boolean {
  const { syscall = '' } = error as { syscall?: string };
  return LINE_BROKEN.has(code) || MAKING_A_LINE.has(syscall) || WAY_GONE.has(code);
}
