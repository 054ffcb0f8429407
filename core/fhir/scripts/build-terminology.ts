// Makes data/r4-terminology.ndjson.gz from data/r4-definitions.ndjson.gz. Run by hand after a change here:
//   node core/fhir/scripts/build-terminology.ts
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { compactCodeSystem, compactValueSet } from '../src/terminology/compact.ts';
import type { Resource } from '../src/interactions.ts';
import { readDefinitions } from './build-model.ts';

/** One line a resource: `kind url<TAB>compact JSON`, by kind and url, so that a reader need not parse what it does not use. */
export function buildTerminology(definitions: Resource[]): string {
  const lines: string[] = [];
  for (const definition of definitions) {
    if (definition.resourceType === 'CodeSystem' && definition['content'] !== 'supplement')
      lines.push(line('CodeSystem', compactCodeSystem(definition, true)));
    if (definition.resourceType === 'ValueSet') lines.push(line('ValueSet', compactValueSet(definition)));
  }
  return `${lines.sort().join('\n')}\n`;
}

const line = (kind: string, compact: { url: string; version?: string }) =>
  `${kind} ${compact.url}\t${JSON.stringify(compact)}`;

if (import.meta.main) {
  const text = buildTerminology(readDefinitions() as unknown as Resource[]);
  writeFileSync(new URL('../data/r4-terminology.ndjson.gz', import.meta.url), gzipSync(text, { level: 9 }));
  console.log(`data/r4-terminology.ndjson.gz: ${text.length} characters`);
}
