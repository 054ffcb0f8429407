/**
 * What a hospital's edge agent needs: memory of its process while it takes and sends, messages a second it takes with the hub
 * away and brings to the hub afterwards, bytes of disk a message. `yba bench edge`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enrol } from '@yba/edge';
import { smallHub } from '@yba/edge/testing';
import { freePort } from '@yba/http';

const MESSAGES = 5_000;
const AT_ONCE = 8;
const ROOT = join(import.meta.dirname, '..', '..');

const folder = mkdtempSync(join(tmpdir(), 'bench-edge-'));
const hub = await smallHub();
await enrol(folder, hub.url, 'RIGHT');
const port = await freePort();
writeFileSync(join(folder, 'edge.json'), JSON.stringify({ http: { port } }));
const agent = spawn(process.execPath, [join(ROOT, 'bin', 'yba.js'), 'edge', 'run', '--data', folder], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  await once(agent.stdout, 'data');
  const visit = readFileSync(join(ROOT, 'docs', 'examples', 'visit.json'), 'utf8');
  let peak = 0;
  const watch = setInterval(
    () => void figures().then(({ memoryBytes }) => (peak = Math.max(peak, memoryBytes))),
    250,
  );

  hub.trouble = 503;
  const taking = performance.now();
  let next = 0;
  const send = async () => {
    for (let at = next++; at < MESSAGES; at = next++) {
      const body = visit
        .replaceAll('2026-11-20-0001', `v${at}`)
        .replaceAll('BN-26-000001', `BN-${at % 1000}`)
        .replaceAll('LK-26-000001', `LK-${at}`);
      const response = await fetch(`http://127.0.0.1:${port}/fhir`, {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body,
      });
      await response.arrayBuffer();
      if (response.status !== 202) throw new Error(`The edge answered ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
  const takenS = (performance.now() - taking) / 1000;
  const { room } = await figures();

  hub.trouble = undefined;
  await fetch(`http://127.0.0.1:${port}/try`, { method: 'POST' });
  const sending = performance.now();
  while ((await figures()).health !== 'clear') await sleep(100);
  const sentS = (performance.now() - sending) / 1000;
  clearInterval(watch);
  console.log(`${MESSAGES} visits of 3 resources, ${AT_ONCE} at once`);
  console.log(`  taken      ${Math.round(MESSAGES / takenS)} messages/s with the hub away`);
  console.log(
    `  filed      ${Math.round(MESSAGES / sentS)} messages/s once it is back (a hub that does nothing)`,
  );
  console.log(`  on disk    ${Math.round(room.usedBytes / MESSAGES)} bytes a message`);
  console.log(`  memory     ${(peak / 1_048_576).toFixed(0)} MiB at most`);
} finally {
  agent.kill('SIGTERM');
  await once(agent, 'exit');
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
}

type Figures = { health: string; memoryBytes: number; room: { usedBytes: number } };

async function figures(): Promise<Figures> {
  return (await (await fetch(`http://127.0.0.1:${port}/status.json`)).json()) as Figures;
}
