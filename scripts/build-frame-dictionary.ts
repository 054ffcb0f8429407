/**
 * Makes the dictionary that frames are compressed with (docs/decisions/0031-frame-dictionary.md): what resources of
 * our visits and the official examples of clinical types say alike. zstd takes any bytes as a dictionary; what lies
 * nearer to its end costs less to point at, so the visits come last.
 *
 *   node scripts/build-frame-dictionary.ts <number>
 *
 * A dictionary is never changed once frames were written with it: a better one gets the next number.
 */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { nation } from '@yba/demonstration';
import { patientCompartment } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { officialExamples } from '@yba/fhir/testing';

const LONGEST_EXAMPLE = 1500;
const VISIT_RESOURCES = 116;

const number = Number(process.argv[2]);
if (!Number.isInteger(number) || number < 1) throw new Error('say the number of the dictionary, from 1');
const text = [...exampleTexts(), ...visitTexts().reverse()].join('');
writeFileSync(
  new URL(`../core/repository/data/frames-${number}.dict.gz`, import.meta.url),
  gzipSync(text, { level: 9 }),
);
process.stdout.write(`${text.length} characters\n`);

function exampleTexts(): string[] {
  const byType = new Map<string, string>();
  for (const { text: _narrative, ...example } of officialExamples()) {
    const { resourceType } = example as Resource;
    const served = asServed(example as Resource);
    const isOfPatient = patientCompartment(example as Resource).length > 0;
    if (isOfPatient && !byType.has(resourceType) && served.length < LONGEST_EXAMPLE)
      byType.set(resourceType, served);
  }
  return [...byType.values()];
}

/** One resource of each kind: a type, or a type with its code. */
function visitTexts(): string[] {
  const texts = new Map<string, string>();
  for (const { bundle } of nation({ persons: 500, seed: 7, now: Date.UTC(2026, 0, 15) }).visits(40)) {
    for (const { resource } of bundle['entry'] as { resource: Resource }[]) {
      const { coding } = (resource['code'] ?? {}) as { coding?: { code: string }[] };
      const kind = `${resource.resourceType} ${coding?.[0]?.code}`;
      if (!texts.has(kind)) texts.set(kind, asServed(resource));
    }
    if (texts.size >= VISIT_RESOURCES) break;
  }
  return [...texts.values()];
}

/** As the store writes it: type, id and meta first. */
function asServed({ resourceType, id: _id, meta, ...rest }: Resource): string {
  return JSON.stringify({
    resourceType,
    id: '019a0000-0000-7000-8000-000000000000',
    meta: {
      ...meta,
      versionId: '1',
      lastUpdated: '2026-01-15T03:00:00.000Z',
      source: 'https://yba.vn/fhir/facility/01013',
    },
    ...rest,
  });
}
