/**
 * How many resources a second one core validates, beside @medplum/core on the same inputs in the same process, and
 * where the two judge differently. Inputs: the Synthea resources and the official R4 examples, each alone, read
 * by the platform's parser from text in which no number needs more than a JavaScript number. The profiles of US Core
 * that the Synthea resources claim are known to neither; those of vital signs are checked here and not there. Time
 * is processor time of this process, the best of the rounds.
 *
 *   npm run bench -- validation [--rounds 5]
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } from '@medplum/core';
import { parseJson, type Resource, validate } from '@yba/fhir';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(options.rounds);

const data = new URL('../../core/fhir/data/', import.meta.url);
const lines = (name: string): Resource[] =>
  gunzipSync(readFileSync(new URL(name, data)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => parseJson(JSON.stringify(JSON.parse(line))));

type Bundle = Resource & { entry: { resource: Resource }[] };
const synthea = (lines('synthea-25-bundles.ndjson.gz') as Bundle[]).flatMap(({ entry }) =>
  entry.map(({ resource }) => resource),
);
const examples = lines('r4-examples.ndjson.gz');

const definitions = lines('r4-definitions.ndjson.gz').filter(
  (one) => one.resourceType === 'StructureDefinition' && one['derivation'] !== 'constraint',
);
type Definitions = Parameters<typeof indexStructureDefinitionBundle>[0];
indexStructureDefinitionBundle(definitions as unknown as Definitions);

const ours = (resource: Resource): string | undefined =>
  validate(resource).find(({ severity }) => severity === 'error')?.diagnostics;

function theirs(resource: Resource): string | undefined {
  try {
    validateResource(resource as Parameters<typeof validateResource>[0]);
    return undefined;
  } catch (fault) {
    if (!(fault instanceof OperationOutcomeError)) return `threw ${String(fault).slice(0, 120)}`;
    return fault.message;
  }
}

/** How many resources are there, those in Bundles, contained and in Parameters counted too. */
function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const below = Object.values(value).reduce((sum: number, one) => sum + count(one), 0);
  return below + Number('resourceType' in value);
}

/** Microseconds of processor time a resource, the best of the rounds. */
function time(judge: (resource: Resource) => unknown, resources: readonly Resource[], times: number): number {
  let best = Infinity;
  for (let round = 0; round <= times; round++) {
    const before = process.cpuUsage();
    for (const resource of resources) judge(resource);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / resources.length);
  }
  return best;
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const perSecond = (micros: number) => Math.round(1e6 / micros).toLocaleString('en');

print(`machine   ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, one core`);
for (const [name, resources] of [
  ['Synthea', synthea],
  ['examples', examples],
  ['both', [...synthea, ...examples]],
] as const) {
  const bytes = resources
    .map((resource) => Buffer.byteLength(JSON.stringify(resource)))
    .reduce((sum, size) => sum + size, 0);
  const own = time(ours, resources, rounds);
  const other = time(theirs, resources, rounds);
  print(
    `${name.padEnd(9)} ${resources.length} resources (${count(resources)} with those inside), ${(bytes / 1e6).toFixed(1)} MB: ` +
      `${perSecond(own)}/s (${own.toFixed(1)} µs, ${(bytes / resources.length / own).toFixed(0)} MB/s); ` +
      `@medplum/core ${perSecond(other)}/s (${other.toFixed(1)} µs); ratio ${(other / own).toFixed(1)}`,
  );
}

const differences = [...synthea, ...examples].flatMap((resource) => {
  const [own, other] = [ours(resource), theirs(resource)];
  return (own === undefined) === (other === undefined)
    ? []
    : [
        `${resource.resourceType}/${resource.id}: ${own === undefined ? `refused by @medplum/core alone: ${other}` : `refused here alone: ${own}`}`,
      ];
});
print(`verdicts  ${differences.length} of ${synthea.length + examples.length} differ`);
for (const difference of differences) print(`  ${difference}`);
