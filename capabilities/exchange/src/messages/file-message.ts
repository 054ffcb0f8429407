import type { Issue, Resource } from '@yba/fhir';
import { OutcomeError, parseJson } from '@yba/fhir';
import { type Sql, toOutcome } from '@yba/postgres';
import type { MessageDesk } from '../desk.ts';
import { opened } from './inbox.ts';
import { fileDossiers } from './file-dossiers.ts';
import { fileIdentities } from './file-identities.ts';
import { fileLook } from './file-look.ts';
import { fileRecord } from './file-record.ts';
import { type MessageBundle, readMessage } from './message-bundle.ts';
import { patientOfNumber } from './patient-of-number.ts';
import { fileRetraction } from './retract.ts';
import { callerOf, type Sender } from './senders.ts';
import { asFacility, hold, settle, type Settlement, TakenOver, type Task, Tried } from './task.ts';
import { issueOfMessage, type MessageEvent, numberOf, STATES } from './vocabulary.ts';
import { aboutOf } from './what-it-is-about.ts';
import { inBothLanguages } from './words.ts';

/** How each event is filed. */
const FILERS: Readonly<Record<MessageEvent, (desk: MessageDesk, task: Task) => Promise<void>>> = {
  visit: fileRecord,
  record: fileRecord,
  'dossier-xml': fileDossiers,
  retraction: fileRetraction,
  'patient-identity': fileIdentities,
  'audit-event': fileLook,
};

/** A message that is to be filed, as the queue and the inbox have it. */
export type Due = Sender & {
  id: string;
  /** When it was received, in microseconds as the database has it: with the id its key. */
  received: string;
  seq: string;
  attempts: number;
  replay: boolean;
  content: string;
  document: string | null;
  /** Bytes of its body as it was sent. */
  size: number;
};

/** Makes the task of a message. Throws when its body is gone, or is no message. */
export async function taskOf(
  { owner }: Pick<MessageDesk, 'owner'>,
  due: Due,
  facility: string,
  lease?: string,
): Promise<Task> {
  const message = await messageOf(owner, due, facility);
  return {
    id: due.id,
    received: due.received,
    seq: due.seq,
    facility,
    ...(lease === undefined ? {} : { lease }),
    attempts: due.attempts,
    replay: due.replay,
    content: due.content,
    ...(due.document === null ? {} : { document: due.document }),
    context: { caller: callerOf(due), requestId: due.id },
    message,
  };
}

/** The message itself, of which nothing is fetched before it is its turn. Throws when its body is kept no longer. */
export async function messageOf(
  owner: Sql,
  { id, received }: Pick<Due, 'id' | 'received'>,
  facility: string,
): Promise<MessageBundle> {
  const [row] = await owner<{ body: string }[]>`
    select encode(body, 'base64') as body from message_body where id = ${id} and received = ${received}::text::timestamptz`;
  if (!row) throw bodyGone();
  return readMessage(parseJson(await opened(Buffer.from(row.body, 'base64'))) as Resource, facility);
}

const bodyGone = () =>
  new OutcomeError([
    issueOfMessage('not-found', [
      'Nội dung thông điệp đã hết hạn lưu; hãy gửi lại thành thông điệp mới.',
      'The body was kept no longer; send it again as a new message.',
    ]),
  ]);

/** Failures after which a message is refused, so that it holds nobody up; it can be replayed. */
const ATTEMPTS_MOST = 12;
const FIRST_PAUSE_S = 1;
export const LONGEST_PAUSE_S = 600;

/** How long the next attempt waits, in s: doubled each time, and a fifth of chance so that many do not come at once. */
export const pauseS = (attempts: number): number =>
  Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempts - 1)) * (0.9 + Math.random() * 0.2);

/**
 * Files one message and enters what became of it. A refusal is entered with its reason; what may pass is put off. Throws
 * only when not even that can be entered: then its lease runs out, and somebody takes it again.
 */
export async function fileMessage(
  desk: MessageDesk,
  due: Due,
  facility: string,
  lease: string,
  tell: (error: unknown) => void,
): Promise<void> {
  let task: Task | undefined;
  try {
    task = await taskOf(desk, due, facility, lease);
    await FILERS[task.message.event](desk, task);
  } catch (raised) {
    if (raised instanceof TakenOver) return;
    const error = toOutcome(raised);
    const held = task ?? placeOf(due, facility, lease);
    try {
      if (isRefusal(error)) return await refuse(desk, held, error.issues, task?.message);
      if (!(error instanceof OutcomeError) || error.code === 'exception') tell(error);
      await putOff(desk, held, error);
    } catch (failure) {
      if (!(failure instanceof TakenOver)) throw failure;
    }
  }
}

/** What would become of a message that is filed now; nothing is changed. */
export async function tryMessage(desk: MessageDesk, due: Due, facility: string): Promise<Settlement> {
  try {
    const task = await taskOf(desk, due, facility);
    await FILERS[task.message.event](desk, task);
    throw new Error('a trial ends in Tried');
  } catch (raised) {
    if (raised instanceof Tried) return raised.settlement;
    const error = toOutcome(raised);
    if (isRefusal(error)) return { state: 'refused', issues: error.issues };
    throw error;
  }
}

/** Enough of a task to enter an outcome, when the body could not be read. */
const placeOf = (due: Due, facility: string, lease: string): Task =>
  ({ ...due, facility, lease, document: undefined }) as unknown as Task;

/** Errors of the moment; every other one is of what was sent. */
const PASSING: ReadonlySet<string> = new Set([
  'transient',
  'conflict',
  'lock-error',
  'timeout',
  'throttled',
  'exception',
  'duplicate',
]);

/** Whether the sender must mend it. A `conflict` that comes of the message itself has a place or no cause in time. */
function isRefusal(error: Error): error is OutcomeError {
  return error instanceof OutcomeError && (!PASSING.has(error.code) || isForGood(error));
}

/** Another facility's row, a number somebody holds, a later message: no repeat changes that. What was raced for has a cause, or says so. */
const isForGood = ({ code, cause, message }: OutcomeError): boolean =>
  (code === 'conflict' || code === 'duplicate') && cause === undefined && !message.includes('faster');

async function refuse(
  desk: MessageDesk,
  task: Task,
  issues: readonly Issue[],
  message: MessageBundle | undefined,
): Promise<void> {
  const patient = message && (await knownPatient(desk, task.facility, message));
  const subjects = patient || !message ? undefined : await subjectsOf(message, task.facility);
  const told = issues.map(inBothLanguages);
  await asFacility(desk.writer, task.facility, async (db) => {
    await hold(db, task);
    await settle(db, task, {
      state: 'refused',
      issues: told,
      ...(patient ? { patient } : {}),
      ...(subjects ? { subjects } : {}),
    });
  });
}

/** What a refused message without a known Patient is found by; nothing of one that cannot be taken apart. */
async function subjectsOf(message: MessageBundle, facility: string): Promise<readonly string[] | undefined> {
  try {
    return (await aboutOf(message, facility)).lanes;
  } catch (error) {
    if (error instanceof OutcomeError) return undefined;
    throw error;
  }
}

/** The Patient that a refused message is about, when the facility has one under its record number. */
async function knownPatient(
  { owner }: MessageDesk,
  facility: string,
  { recordNumbers }: MessageBundle,
): Promise<string | undefined> {
  return recordNumbers.length === 1 ? patientOfNumber(owner, facility, recordNumbers[0]!) : undefined;
}

/** Tries again later; a message that failed too often is refused, so that its patient's others go on. */
async function putOff(desk: MessageDesk, task: Task, error: Error): Promise<void> {
  const attempts = task.attempts + 1;
  const issue = passing(error);
  if (attempts >= ATTEMPTS_MOST)
    return refuse(
      desk,
      task,
      [
        issueOfMessage('exception', [
          `Ghi không được sau ${attempts} lần; thông điệp được giữ lại và người vận hành có thể ghi lại.`,
          `It could not be filed in ${attempts} attempts; it is kept, and the operators can replay it.`,
        ]),
        issue,
      ],
      (task as Partial<Task>).message,
    );
  await asFacility(desk.writer, task.facility, async (db) => {
    await hold(db, task);
    await Promise.all([
      db`update message_queue set attempts = ${attempts}, due = now() + make_interval(secs => ${pauseS(attempts)}),
          leased = null, lease = null where seq = ${task.seq}`,
      db`update message set state = ${numberOf(STATES, 'retrying')}, attempts = ${attempts},
          outcome = ${JSON.stringify([issue])}::text::jsonb where id = ${task.id} and received = ${task.received}::text::timestamptz`,
    ]);
  });
}

/** What is told of a failure that may pass: never the inner text of one that we did not foresee. */
function passing(error: Error): Issue {
  const known = error instanceof OutcomeError ? error.issues[0] : undefined;
  return known
    ? inBothLanguages({ ...known, severity: 'warning' })
    : issueOfMessage(
        'exception',
        ['Lỗi của trung tâm khi ghi; sẽ thử lại.', 'Something went wrong at the hub; it is tried again.'],
        undefined,
        'warning',
      );
}
