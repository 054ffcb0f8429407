/**
 * A hospital that sends, as a process of its own: takes its outbox in order, person by person, and sends each message until
 * it is acknowledged. What it knows lies in its history on disk; killed at any moment it goes on from there.
 *
 *   node hospital-process.ts <job.json>      ends after "stop" on its standard input, or when all is sent
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, isMessage, type Message } from './generate.ts';
import { readHistory, recordTo } from './history.ts';

/** What the process is to do. */
export type Job = {
  /** Base of the hub as this hospital reaches it: its end of a line. */
  url: string;
  clientId: string;
  clientSecret: string;
  outbox: string;
  history: string;
  /** Between two messages of a person, in ms. */
  pauseMs: number;
  /** For this and other things it may take its time, in ms. */
  patienceMs: number;
};

const job = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Job;
const outbox = JSON.parse(readFileSync(job.outbox, 'utf8')) as Message[];
const history = recordTo(job.history);
const before = readHistory([job.history]);
const acknowledged = new Set(before.flatMap((event) => (event.kind === 'acknowledged' ? [event.id] : [])));
const started = new Set(before.flatMap((event) => (event.kind === 'sent' ? [event.id] : [])));
let isStopping = false;
let token: Promise<string> | undefined;

process.stdin.on('data', () => (isStopping = true));
process.stdin.unref();

async function signIn(): Promise<string> {
  const answer = await fetch(`${job.url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${job.clientId}:${job.clientSecret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    signal: AbortSignal.timeout(job.patienceMs),
  });
  const { access_token: given } = (await answer.json()) as { access_token?: string };
  if (!given) throw new Error(`no token: ${answer.status}`);
  return given;
}

type Answer = { isDone: boolean; isDuplicate: boolean; refusal?: string; status: number };

/** One request. Throws when no answer came. */
async function call(
  path: string,
  request: { method: string; headers?: Record<string, string>; body?: string },
) {
  token ??= signIn();
  const bearer = await token.catch((error: unknown) => {
    token = undefined;
    throw error;
  });
  const answer = await fetch(`${job.url}/fhir${path}`, {
    ...request,
    headers: { authorization: `Bearer ${bearer}`, ...request.headers },
    signal: AbortSignal.timeout(job.patienceMs),
  });
  if (answer.status === 401) token = undefined;
  return { status: answer.status, text: await answer.text() };
}

/** One delivery, and its answer: filed, refused, or to be tried again. Throws when no answer came. */
async function deliver(message: Message): Promise<Answer> {
  const { path, type, body } = bodyOf(message);
  const { status, text } = await call(path, {
    method: 'POST',
    headers: { 'content-type': type, 'idempotency-key': message.id },
    body,
  });
  if (status === 202 && isMessage(message)) return settled(message);
  if (status === 200) {
    const isFiled = message.what !== 'dossier' || /"valueCode":"(stored|duplicate|replaced)"/.test(text);
    if (isFiled) return { isDone: true, isDuplicate: text.includes('"code":"duplicate"'), status };
    return { isDone: false, isDuplicate: false, refusal: text.slice(0, 400), status };
  }
  const isForNow = status >= 500 || status === 401 || status === 408 || status === 429;
  return { isDone: false, isDuplicate: false, status, ...(isForNow ? {} : { refusal: text.slice(0, 400) }) };
}

/** How long a message that was received may wait for its turn before it is handed over once more, in ms. */
const SETTLES_MS = 60_000;

/** What became of a message that was received: asked until it is filed or refused. */
async function settled({ id }: Message): Promise<Answer> {
  const end = performance.now() + SETTLES_MS;
  while (performance.now() < end) {
    const { status, text } = await call(`/$message-status?identifier=${id}`, { method: 'GET' });
    const state = /"valueCode":"(received|retrying|filed|refused)"/.exec(text)?.[1];
    if (status === 200 && state === 'filed')
      return { isDone: true, isDuplicate: text.includes('"duplicate"'), status };
    if (status === 200 && state === 'refused')
      return { isDone: false, isDuplicate: false, status, refusal: text.slice(0, 600) };
    await sleep(100);
  }
  return { isDone: false, isDuplicate: false, status: 202 };
}

/** Sends until it is acknowledged, or refused for good. */
async function send(message: Message, copies: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    history.note({ kind: 'sent', id: message.id, attempt });
    const answers = await Promise.allSettled(Array.from({ length: copies }, () => deliver(message)));
    for (const answer of answers) {
      if (answer.status === 'rejected') continue;
      const { isDone, isDuplicate, refusal, status } = answer.value;
      if (isDone) history.note({ kind: 'acknowledged', id: message.id, duplicate: isDuplicate });
      if (isDone) acknowledged.add(message.id);
      if (refusal !== undefined) history.note({ kind: 'refused', id: message.id, status, why: refusal });
      if (refusal !== undefined) return;
    }
    if (acknowledged.has(message.id)) return;
    await sleep(Math.min(100 * 2 ** Math.min(attempt, 4), 1_000));
  }
}

/** All of one person's messages, one after the other. */
async function sendAll(messages: readonly Message[]): Promise<void> {
  let late: Message | undefined;
  for (const message of messages) {
    if (acknowledged.has(message.id)) continue;
    if (isStopping && !started.has(message.id)) return; // what was begun is brought to its end
    if (message.again === 'twice')
      history.note({ kind: 'fault', fault: 'duplicate side by side', on: message.id });
    await send(message, message.again === 'twice' ? 2 : 1);
    if (late) {
      history.note({ kind: 'fault', fault: 'old copy after a newer message', on: late.id });
      await send(late, 1);
      late = undefined;
    }
    if (message.again === 'late') late = message;
    if (message.again === 'again') {
      history.note({ kind: 'fault', fault: 'duplicate after the answer', on: message.id });
      await send(message, 1);
    }
    if (!isStopping) await sleep(job.pauseMs);
  }
}

const persons = Map.groupBy(outbox, ({ person }) => person);
await Promise.all([...persons.values()].map(sendAll));
history.close();
process.exit(0);
