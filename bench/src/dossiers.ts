/**
 * How many national XML dossiers one core reads a second: envelope streamed, tables decoded, every field checked
 * against the standard. Two kinds of visit, each in one envelope. Mapping and storing are not in it.
 *
 *   node bench/src/dossiers.ts [--dossiers 500] [--rounds 5]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { readDossier, readEnvelope } from '@yba/vietnam/dossier';
import { aDossier, anEnvelope } from '@yba/vietnam/testing';

const { values: options } = parseArgs({
  options: { dossiers: { type: 'string', default: '500' }, rounds: { type: 'string', default: '5' } },
});
const dossiers = Number(options.dossiers);
const kinds = {
  outpatient: { XML2: 3, XML3: 3, XML4: 5 },
  inpatient: { XML2: 60, XML3: 80, XML4: 100 },
};

const lines = [
  `machine     ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; one thread`,
];
for (const [kind, rows] of Object.entries(kinds)) {
  const count = kind === 'inpatient' ? Math.ceil(dossiers / 20) : dossiers;
  const bytes = Buffer.from(anEnvelope(Array.from({ length: count }, (_, seed) => aDossier({ seed, rows }))));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < Number(options.rounds); round++)
    best = Math.min(best, await secondsToRead(bytes));
  const size = (bytes.length / count / 1024).toFixed(0);
  lines.push(
    `${kind.padEnd(11)} ${(count / best).toFixed(0)} dossiers/s of ${size} KiB, ${(bytes.length / best / 1e6).toFixed(0)} MB/s (processor time, best of ${options.rounds})`,
  );
}
process.stdout.write(`${lines.join('\n')}\n`);

/** Processor time, so that a busy machine does not count. */
async function secondsToRead(bytes: Buffer): Promise<number> {
  const from = process.cpuUsage();
  const envelope = await readEnvelope([bytes]);
  for (const raw of envelope.dossiers) {
    const { quarantine } = await readDossier(raw);
    if (quarantine.length > 0)
      throw new Error(`a made dossier was set aside: ${JSON.stringify(quarantine[0])}`);
  }
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}
