import { once } from 'node:events';
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageId } from '@yba/edge/testing';
import { frameMllp, MllpDecoder, parseMessage } from '@yba/hl7v2';
import { bodyOf } from './bodies.ts';
import type { Message } from './generate.ts';
import { hl7v2Of } from './hl7v2-bodies.ts';

/** How a hospital's program reaches its edge agent: by lines, and by the folder that both see. */
export type AgentAddress = { http: string; mllpPort: number; folder: string };

/** What the agent said: kept, under its own id; refused for good; or not now. Throws when no answer came. */
export type AgentAnswer = { edgeId: string } | { refusal: string; status: number } | { later: true };

/** Hands one copy of a message to the agent, by the way it goes. */
export function toAgent(
  message: Message,
  agent: AgentAddress,
  copy: string,
  patienceMs: number,
): Promise<AgentAnswer> {
  if (message.way === 'hl7v2') return byMllp(message, agent.mllpPort, patienceMs);
  if (message.way === 'folder') return byFolder(message, agent.folder, copy, patienceMs);
  return byHttp(message, agent.http, patienceMs);
}

async function byHttp(message: Message, url: string, patienceMs: number): Promise<AgentAnswer> {
  const { path, type, body } = bodyOf(message);
  const answer = await fetch(`${url}/fhir${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
    signal: AbortSignal.timeout(patienceMs),
  });
  const text = await answer.text();
  const edgeId = /identifier=(.+)$/.exec(answer.headers.get('content-location') ?? '')?.[1];
  if (answer.status === 202 && edgeId) return { edgeId };
  if (answer.status >= 500) return { later: true };
  return { refusal: text.slice(0, 400), status: answer.status };
}

async function byMllp(message: Message, port: number, patienceMs: number): Promise<AgentAnswer> {
  const bytes = Buffer.from(hl7v2Of(message), 'utf8');
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const signal = AbortSignal.timeout(patienceMs);
  const end = once(socket, 'close', { signal }).then(() => []);
  try {
    await once(socket, 'connect', { signal });
    socket.write(frameMllp(bytes));
    const decoder = new MllpDecoder();
    for (;;) {
      const [chunk] = (await Promise.race([once(socket, 'data', { signal }), end])) as [Buffer?];
      if (!chunk) throw new Error('the line broke before the answer');
      const [answer] = decoder.push(chunk);
      if (!answer) continue;
      const msa = parseMessage(answer).first('MSA');
      if (msa?.text(2) !== message.id) throw new Error('an answer to something else');
      if (msa.text(1) === 'AA') return { edgeId: messageId('hl7v2', bytes) };
      if (msa.text(1) === 'AR') return { later: true };
      return { refusal: answer.toString('utf8').slice(0, 400), status: 422 };
    }
  } finally {
    end.catch(() => {});
    socket.destroy();
  }
}

/** Writes the file under another name and renames it, as docs/edge.md asks; it was taken once it lies in `da-nhan`. */
async function byFolder(
  message: Message,
  folder: string,
  copy: string,
  patienceMs: number,
): Promise<AgentAnswer> {
  const name = `${message.id}.${copy}.xml`;
  const { body } = bodyOf(message);
  writeFileSync(join(folder, `${name}.tmp`), body);
  renameSync(join(folder, `${name}.tmp`), join(folder, name));
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(50)) {
    if (existsSync(join(folder, name))) continue;
    if (readdirSync(join(folder, 'da-nhan')).some((taken) => taken.startsWith(name)))
      return { edgeId: messageId('xml', Buffer.from(body)) };
    if (existsSync(join(folder, 'khong-nhan', name)))
      return { refusal: `${name} lies in khong-nhan`, status: 422 };
  }
  return { later: true };
}

/** What became of a message that the agent has kept; undefined while it is on its way. Throws when no answer came. */
export async function agentTells(
  edgeId: string,
  { http }: AgentAddress,
  patienceMs: number,
): Promise<{ state: 'filed' | 'refused'; duplicate: boolean; text: string } | undefined> {
  const answer = await fetch(`${http}/fhir/$message-status?identifier=${edgeId}`, {
    signal: AbortSignal.timeout(patienceMs),
  });
  const text = await answer.text();
  if (answer.status === 404) return { state: 'refused', duplicate: false, text };
  const state = /"valueCode":"(filed|refused)"/.exec(text)?.[1] as 'filed' | 'refused' | undefined;
  return state && { state, duplicate: text.includes('"duplicate"'), text };
}
