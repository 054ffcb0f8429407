/**
 * What it would cost to split the frame of a visit by kind of data, so that row-level security could hold kinds for the
 * stored bytes exactly: bytes a resource, and frames a visit, (1) as they are, (2) in two, what a desk may read and the rest,
 * (3) one for each resource type. No server and no database: frames are compressed as the store compresses them.
 *
 *   npm run bench -- frame-kinds [--persons 500]
 */
import { parseArgs } from 'node:util';
import { nation } from '@yba/demonstration';
import { compress } from '@yba/repository/testing';
import type { Resource } from '@yba/fhir';

const { values: options } = parseArgs({ options: { persons: { type: 'string', default: '500' } } });

/** Types that roles without clinical reading may read. Source: core/access/src/policy/documents */
const DESK = new Set(['Patient', 'RelatedPerson', 'Encounter', 'Appointment', 'Coverage']);

const SPLITS: Readonly<Record<string, (type: string) => string>> = {
  'one frame a visit': () => '',
  'desk and clinical': (type) => (DESK.has(type) ? 'desk' : 'clinical'),
  'one for each type': (type) => type,
};

/** A frame's row beside its body: header, keys, label, and its entry in the primary key (24 + 56 + 40). */
const ROW_BYTES = 120;

const sums = Object.fromEntries(Object.keys(SPLITS).map((name) => [name, { frames: 0, bytes: 0 }]));
let resources = 0;
let visits = 0;
for (const { bundle } of nation({ persons: Number(options.persons), seed: 1, now: Date.now() }).visits()) {
  visits++;
  const entries = (bundle['entry'] as { resource: Resource }[]).map(({ resource }) => resource);
  resources += entries.length;
  for (const [name, keyOf] of Object.entries(SPLITS))
    for (const group of Object.values(Object.groupBy(entries, ({ resourceType }) => keyOf(resourceType)))) {
      const body = compress(Buffer.from(group!.map((resource) => JSON.stringify(resource)).join('')));
      sums[name]!.frames++;
      sums[name]!.bytes += body.length + ROW_BYTES;
    }
}

process.stdout.write(`${visits} visits, ${resources} resources\n`);
for (const [name, { frames, bytes }] of Object.entries(sums))
  process.stdout.write(
    `${name.padEnd(20)}${(frames / visits).toFixed(1)} frames a visit, ${(bytes / resources).toFixed(0)} B a resource\n`,
  );
