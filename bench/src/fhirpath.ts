/**
 * How many FHIRPath expressions one core evaluates: ours, `fhirpath` (compiled) and `@medplum/core` (parsed), on the
 * same official and Synthea resources in the same process. Each engine runs every expression on every resource of the
 * type, round after round, until it has used its share of CPU time; the engines take turns.
 *
 *   npm run bench -- fhirpath [--ms 400]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { evalFhirPath, parseFhirPath } from '@medplum/core';
import { compileFhirPath, type Resource } from '@yba/fhir';
import { officialExamples, syntheaBundles } from '@yba/fhir/testing';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';

const { values: options } = parseArgs({ options: { ms: { type: 'string', default: '400' } } });
const share = Number(options.ms) * 1000;

/** Invariants of R4, paths as search and access rules use them, and one that walks the whole resource. */
const expressions: Record<string, string[]> = {
  Patient: [
    "name.where(use = 'official').given.first()",
    'contact.all(name.exists() or telecom.exists() or address.exists() or organization.exists())',
    "identifier.where(system = 'http://hl7.org/fhir/sid/us-ssn').value",
  ],
  Observation: [
    "code.coding.where(system = 'http://loinc.org').code",
    'subject.reference',
    'dataAbsentReason.empty() or value.empty()',
    'value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()',
    '(component.empty() and hasMember.empty()) implies (dataAbsentReason.exists() or value.exists())',
    'value.ofType(Quantity).value > 5',
  ],
  Encounter: ['period.all(start.hasValue().not() or end.hasValue().not() or (start <= end))'],
  Claim: ['item.where(net.value > 100).select(sequence * 2)'],
  Condition: ['descendants().ofType(Coding).code'],
};

type Engine = { name: string; prepare: (text: string) => (resource: Resource) => unknown };

const engines: Engine[] = [
  {
    name: 'ours',
    prepare: (text) => {
      const compiled = compileFhirPath(text);
      return (resource) => compiled.evaluate(resource);
    },
  },
  {
    name: 'fhirpath',
    prepare: (text) => {
      const compiled = fhirpath.compile(text, r4) as unknown as (
        resource: Resource,
        variables: object,
      ) => unknown;
      return (resource) => compiled(resource, { resource });
    },
  },
  {
    name: '@medplum/core',
    prepare: (text) => {
      const parsed = parseFhirPath(text);
      return (resource) => evalFhirPath(parsed, resource);
    },
  },
];

const cpuMicros = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Whether an engine finds as many items as ours on each resource. */
function agrees(
  evaluate: (resource: Resource) => unknown,
  text: string,
  resources: readonly Resource[],
): boolean {
  const count = (found: unknown) => (Array.isArray(found) ? found.length : 1);
  const ours = compileFhirPath(text);
  return resources.every((one) => count(evaluate(one)) === ours.evaluate(one).length);
}

/** Evaluations in a second of CPU; undefined when the engine does not understand the expression, or finds something else. */
function rate({ prepare }: Engine, text: string, resources: readonly Resource[]): number | undefined {
  try {
    const evaluate = prepare(text);
    if (!agrees(evaluate, text, resources)) return undefined;
    const round = () => {
      for (const resource of resources) evaluate(resource);
    };
    for (const from = cpuMicros(); cpuMicros() - from < share / 4;) round();
    let evaluations = 0;
    const from = cpuMicros();
    let used = 0;
    for (; used < share; used = cpuMicros() - from) {
      round();
      evaluations += resources.length;
    }
    return (evaluations / used) * 1_000_000;
  } catch {
    return undefined;
  }
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const shown = (value: number | undefined) =>
  (value === undefined ? '-' : Math.round(value).toLocaleString('en')).padStart(14);

// As JSON.parse gives them: the others do not know numbers that keep their digits.
const all = JSON.parse(
  JSON.stringify([
    ...officialExamples(),
    ...syntheaBundles().flatMap((bundle) =>
      (bundle['entry'] as { resource: Resource }[]).map(({ resource }) => resource),
    ),
  ]),
) as Resource[];
say(`machine     one core of ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
say(`resources   ${all.length}: official R4 examples and Synthea`);
say(
  `evaluations per second of CPU${engines.map(({ name }) => name.padStart(14)).join('')}   ours / best other`,
);
const ratios: number[] = [];
for (const [type, texts] of Object.entries(expressions)) {
  // At most 500 of a type, the same for all: the caches of the machine count less than the engine.
  const resources = all.filter(({ resourceType }) => resourceType === type).slice(0, 500);
  for (const text of texts) {
    const rates = engines.map((engine) => rate(engine, text, resources));
    const best = Math.max(...rates.slice(1).map((one) => one ?? 0));
    const ratio = (rates[0] ?? 0) / best;
    ratios.push(ratio);
    say(`${type} (${resources.length}): ${text}`);
    say(`${''.padEnd(29)}${rates.map(shown).join('')}   ${ratio.toFixed(1)}`);
  }
}
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
say(`geometric mean of the ratios to the better of the two: ${mean.toFixed(1)}`);
