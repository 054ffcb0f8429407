import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { issueEnrolmentCode } from '@yba/access';
import { enrol } from '@yba/edge';
import { freePort } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { HOSPITALS, type Sender } from './generate.ts';
import { now, type Event, type Recorder } from './history.ts';

/** An edge agent as it is set up: its own folder, its ports, and the folder for dossiers. */
export type AgentPlace = { folder: string; http: number; mllp: number; inbox: string };

/** Enrols the agent of a hospital at the hub and tells it to reach the hub by `hubLine`, the port of a line. */
export async function placeAgent(
  owner: Sql,
  hospital: Sender,
  { folder, inbox, hub, hubLine }: { folder: string; inbox: string; hub: string; hubLine: number },
): Promise<AgentPlace> {
  const { facility, name } = HOSPITALS[hospital];
  mkdirSync(inbox, { recursive: true });
  const { code } = await issueEnrolmentCode(owner, {
    facility,
    facilityName: name,
    name: `Trạm biên ${name}`,
    validMs: 3_600_000,
  });
  const line = `http://127.0.0.1:${hubLine}`;
  await enrol(folder, line, code);
  // the hub names its own address; the agent is to go by the line
  const identity = join(folder, 'identity.json');
  writeFileSync(identity, readFileSync(identity, 'utf8').replaceAll(hub, line), { mode: 0o600 });
  const [http, mllp] = [await freePort(), await freePort()];
  writeFileSync(
    join(folder, 'edge.json'),
    JSON.stringify({
      http: { port: http },
      mllp: [{ port: mllp }],
      folders: [{ path: inbox, kind: 'xml' }],
      outbox: { limitMb: 1_000, reserveMb: 0 },
    }),
  );
  return { folder, http, mllp, inbox };
}

/** How often a page is looked at, in ms. */
const LOOK_MS = 250;

/** Looks at the pages of agents until it is stopped, past all lines, and notes each that is green. */
export function watchPages(
  agents: Readonly<Record<string, AgentPlace>>,
  history: Recorder,
): () => Promise<void> {
  let isOver = false;
  const watching = Object.entries(agents).map(async ([hospital, { http }]) => {
    while (!isOver) {
      const began = now();
      const health = await fetch(`http://127.0.0.1:${http}/status.json`, {
        signal: AbortSignal.timeout(5_000),
      })
        .then(async (answer) => ((await answer.json()) as { health?: string }).health)
        .catch(() => undefined);
      if (health === 'clear') history.note({ kind: 'green', hospital, began });
      await sleep(LOOK_MS);
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(watching);
  };
}

const STATES = { 1: 'received', 2: 'retrying', 3: 'filed', 4: 'refused' } as const;

/** The hub's books about the messages of both hospitals, in the clock of the history. */
export async function readBooks(owner: Sql): Promise<Event[]> {
  const facilities = [HOSPITALS.A, HOSPITALS.B].map(({ facility }) => facilityNumber(facility));
  const before = now();
  const [clock] = await owner<
    { ms: number }[]
  >`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`;
  const rows = await owner<
    { identifier: string; state: 1 | 2 | 3 | 4; seq: number; settled: number | null }[]
  >`
    select identifier, state, seq::float8 as seq, extract(epoch from settled)::float8 * 1000 as settled
    from message where facility = any(${facilities})`;
  return rows.map(({ identifier, state, seq, settled }) => ({
    at: before,
    kind: 'book',
    edgeId: identifier,
    state: STATES[state],
    seq,
    ...(settled === null ? {} : { settled: settled - clock!.ms + before }),
  }));
}
