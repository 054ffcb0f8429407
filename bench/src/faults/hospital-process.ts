/**
 * A hospital that sends, as a process of its own: takes its outbox in order, person by person, and sends each message until
 * the hub has filed it, or its edge agent has answered for it; of the latter it asks the agent what became of them.
 * What it knows lies in its history on disk; killed at any moment it goes on from there.
 *
 *   node hospital-process.ts <job.json>      ends after "stop" on its standard input, or when all is sent
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf } from './bodies.ts';
import { goesByAgent, type Message } from './generate.ts';
import { readHistory, recordTo } from './history.ts';
import { type AgentAddress, agentTells, toAgent } from './to-agent.ts';

/** What the process is to do. */
export type Job = {
  /** Base of the hub as this hospital reaches it: its end of a line. */
  url: string;
  clientId: string;
  clientSecret: string;
  agent: AgentAddress;
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
/** What the agent has answered for, by id with the agent's own id, until it is known to be filed or refused. */
const onTheWay = new Map<string, string>();
/** What has not to be sent any more: acknowledged, refused, or kept by the agent. */
const over = new Set<string>();
for (const event of before) {
  if (event.kind === 'kept') onTheWay.set(event.id, event.edgeId);
  if (event.kind === 'kept' || event.kind === 'acknowledged' || event.kind === 'refused') over.add(event.id);
}
for (const event of before)
  if (event.kind === 'acknowledged' || event.kind === 'refused') onTheWay.delete(event.id);
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
  if (status === 202 && message.way === 'message') return settled(message);
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

/** One delivery straight to the hub; what became of it is noted. */
async function toHub(message: Message): Promise<void> {
  const { isDone, isDuplicate, refusal, status } = await deliver(message);
  if (isDone) history.note({ kind: 'acknowledged', id: message.id, duplicate: isDuplicate });
  if (refusal !== undefined) history.note({ kind: 'refused', id: message.id, status, why: refusal });
  if (isDone || refusal !== undefined) over.add(message.id);
}

/** One delivery to the agent; that it was answered for is noted, and the rest is asked for later. */
async function toOwnAgent(message: Message, copy: string): Promise<void> {
  const answer = await toAgent(message, job.agent, copy, job.patienceMs);
  if ('later' in answer) return;
  if ('edgeId' in answer) history.note({ kind: 'kept', id: message.id, edgeId: answer.edgeId });
  else history.note({ kind: 'refused', id: message.id, status: answer.status, why: answer.refusal });
  if ('edgeId' in answer && !over.has(message.id)) onTheWay.set(message.id, answer.edgeId);
  over.add(message.id);
}

/** Sends until there is an answer that ends it; `isCopy` when one was there before. */
async function send(message: Message, copies: number, isCopy = false): Promise<void> {
  let answers = 0;
  for (let attempt = 1; ; attempt++) {
    history.note({ kind: 'sent', id: message.id, attempt });
    const name = (copy: number) => `${process.pid}-${isCopy ? 'c' : ''}${attempt}-${copy}`;
    const told = await Promise.allSettled(
      Array.from({ length: copies }, (_, copy) =>
        goesByAgent(message) ? toOwnAgent(message, name(copy)) : toHub(message),
      ),
    );
    answers += told.filter(({ status }) => status === 'fulfilled').length;
    if (over.has(message.id) && (!isCopy || answers > 0 || isStopping)) return;
    await sleep(Math.min(100 * 2 ** Math.min(attempt, 4), 1_000));
  }
}

/** Asks the agent for what it has answered for, some at a time, until it is filed or refused. */
async function follow(): Promise<void> {
  while (!isSent || onTheWay.size > 0) {
    for (const [id, edgeId] of [...onTheWay].slice(0, ASKED_AT_ONCE)) {
      const told = await agentTells(edgeId, job.agent, job.patienceMs).catch(() => undefined);
      if (!told) continue;
      if (told.state === 'filed') history.note({ kind: 'acknowledged', id, duplicate: told.duplicate });
      else history.note({ kind: 'refused', id, status: 422, why: told.text.slice(0, 600) });
      onTheWay.delete(id);
    }
    await sleep(200);
  }
}

const ASKED_AT_ONCE = 20;
let isSent = false;

/** All of one person's messages, one after the other. */
async function sendAll(messages: readonly Message[]): Promise<void> {
  let late: Message | undefined;
  for (const message of messages) {
    if (over.has(message.id)) continue;
    if (isStopping && !started.has(message.id)) return; // what was begun is brought to its end
    if (message.again === 'twice')
      history.note({ kind: 'fault', fault: 'duplicate side by side', on: message.id });
    await send(message, message.again === 'twice' ? 2 : 1);
    if (late) {
      history.note({ kind: 'fault', fault: 'old copy after a newer message', on: late.id });
      await send(late, 1, true);
      late = undefined;
    }
    if (message.again === 'late') late = message;
    if (message.again === 'again') {
      history.note({ kind: 'fault', fault: 'duplicate after the answer', on: message.id });
      await send(message, 1, true);
    }
    if (!isStopping) await sleep(job.pauseMs);
  }
}

const persons = Map.groupBy(outbox, ({ person }) => person);
const followed = follow();
await Promise.all([...persons.values()].map(sendAll));
isSent = true;
await followed;
history.close();
process.exit(0);
