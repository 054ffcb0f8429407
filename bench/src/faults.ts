/**
 * What becomes of the exchange when everything fails that can: hospitals A and B with their edge agents, the hub and
 * PostgreSQL as processes of their own, with kills, partitions, slow and lossy lines, a full disk, wrong clocks, deliveries twice and out of order, and
 * a live source in all its moods. The history is judged by a checker whose own tests plant what it must find.
 * Ends with 1 when something was found.
 *
 *   node bench/src/faults.ts [--faults 1000] [--minutes 11] [--seed 1] [--persons 16] [--workers 2] [--pause 300]
 *     [--history FILE]
 */
import { cpus } from 'node:os';
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { joinHistory } from './faults/history.ts';
import { runFaults } from './faults/run.ts';

const { values: options } = parseArgs({
  options: {
    faults: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '11' },
    seed: { type: 'string', default: '1' },
    persons: { type: 'string', default: '16' },
    workers: { type: 'string', default: '2' },
    pause: { type: 'string', default: '300' },
    history: { type: 'string' },
  },
});

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const say = (text: string) => void process.stdout.write(`${text}\n`);
const { findings, tally, events, seconds, disk } = await runFaults({
  seed: Number(options.seed),
  faults: Number(options.faults),
  forMs: Number(options.minutes) * 60_000,
  persons: Number(options.persons),
  messages: Number(options.persons) * Number(options.minutes) * 100,
  pauseMs: Number(options.pause),
  workers: Number(options.workers),
  ownDisk: true,
  log: (text) => void process.stderr.write(`· ${text}\n`),
});
if (options.history) {
  rmSync(options.history, { force: true });
  joinHistory(options.history, events);
}

const total = Object.values(tally.faults).reduce((sum, count) => sum + count, 0);
say(
  `machine     ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; seed ${options.seed}, ${seconds.toFixed(0)} s`,
);
say(
  `faults      ${total}${disk === 'real' ? '' : ' (the full disk is told by the database: no disk could be mounted)'}`,
);
for (const [fault, count] of Object.entries(tally.faults).sort((a, b) => b[1] - a[1]))
  say(`  ${String(count).padStart(5)}  ${fault}`);
say(
  `messages    ${tally.messages}, sent ${tally.sent} times, ${tally.acknowledged} acknowledged, ${tally.duplicates} answered as duplicates`,
);
say(
  `by agents   ${tally.kept} of them answered for by an edge agent; ${tally.green} pages were green; at the end of all faults ` +
    `${tally.afterHealing.count} were on their way, filed after ${tally.afterHealing.p50} ms (p50), ` +
    `${tally.afterHealing.p95} ms (p95), ${tally.afterHealing.longest} ms (the last)`,
);
say(
  `readings    ${tally.reads} of charts, ${tally.declared} said that there is more, ${tally.named} named the live source as missing`,
);
say(`at the end  ${tally.shown} things on ${options.persons} charts, each read by three hospitals`);
say(`found       ${findings.length}`);
for (const { rule, person, what } of findings.slice(0, 40)) say(`  ${rule}: person ${person}: ${what}`);
process.exit(findings.length > 0 ? 1 : 0);
