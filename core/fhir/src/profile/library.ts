import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Resource } from '../interactions.ts';
import { canonicalParts, type ProfileSource } from './profile-source.ts';
import { structureDefinition, type StructureDefinition } from './structure-definition.ts';

/** Lines of R4's profiles and extensions by url; read at first use (about 5 ms), each parsed when asked for. */
let lines: Map<string, string> | undefined;
/** Profiles that other parts of the platform build in, by url. */
const builtIn = new Map<string, Resource>();

/** Adds StructureDefinitions that ship with the platform, as those of Vietnam do. They need a url. */
export function addProfiles(resources: readonly Resource[]): void {
  for (const resource of resources) builtIn.set(String(resource['url']), resource);
}

/** A profile or extension by canonical: built in, or of the source; undefined when neither has it in that version. */
export function findProfile(canonical: string, source?: ProfileSource): StructureDefinition | undefined {
  const { url, version } = canonicalParts(canonical);
  const own = builtIn.get(url);
  const line = own ? undefined : r4Line(url);
  const found = own ? structureDefinition(own) : line ? (JSON.parse(line) as StructureDefinition) : undefined;
  const stored = source?.structureDefinition(canonical);
  if (found && (version === undefined || !stored || found.version === version)) return found;
  return stored ? structureDefinition(stored) : undefined;
}

function r4Line(url: string): string | undefined {
  if (!lines) {
    lines = new Map();
    const data = new URL('../../data/r4-profiles.ndjson.gz', import.meta.url);
    for (const line of gunzipSync(readFileSync(data)).toString().split('\n')) {
      const tab = line.indexOf('\t');
      if (tab > 0) lines.set(line.slice(0, tab), line.slice(tab + 1));
    }
  }
  return lines.get(url);
}
