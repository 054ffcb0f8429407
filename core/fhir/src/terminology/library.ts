import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Resource } from '../interactions.ts';
import { canonicalParts, type ProfileSource } from '../profile/profile-source.ts';
import {
  compactCodeSystem,
  compactValueSet,
  type CompactCodeSystem,
  type CompactValueSet,
} from './compact.ts';

/** Lines of the R4 terminology by `kind url`; read at first use (about 10 ms, 2 MB), each parsed when asked for. */
let lines: Map<string, string> | undefined;
/** Resources that other parts of the platform build in, by `kind url`. */
const builtIn = new Map<string, Resource>();

function builtInLine(key: string): string | undefined {
  if (!lines) {
    lines = new Map();
    const data = new URL('../../data/r4-terminology.ndjson.gz', import.meta.url);
    for (const line of gunzipSync(readFileSync(data)).toString().split('\n')) {
      const tab = line.indexOf('\t');
      if (tab > 0) lines.set(line.slice(0, tab), line.slice(tab + 1));
    }
  }
  return lines.get(key);
}

/** Adds CodeSystems and ValueSets that ship with the platform, as those of Vietnam do. They need a url. */
export function addTerminology(resources: readonly Resource[]): void {
  for (const resource of resources)
    builtIn.set(`${resource.resourceType} ${String(resource['url'])}`, resource);
}

/** The code system by canonical: built in, or of the source; undefined when neither has it in that version. */
export function findCodeSystem(canonical: string, source?: ProfileSource): CompactCodeSystem | undefined {
  return find('CodeSystem', canonical, compactCodeSystem, source?.codeSystem(canonical));
}

/** The value set by canonical, found as a code system is. */
export function findValueSet(canonical: string, source?: ProfileSource): CompactValueSet | undefined {
  const stored = source?.valueSet(canonical);
  return find('ValueSet', canonical, compactValueSet, stored && tellsCodes(stored) ? stored : undefined);
}

/** One that has neither says in words alone what is in it. Source: https://hl7.org/fhir/R4/valueset.html#compositions */
const tellsCodes = (stored: Resource) => stored['compose'] !== undefined || stored['expansion'] !== undefined;

function find<T extends { version?: string }>(
  kind: string,
  canonical: string,
  compact: (resource: Resource) => T,
  stored: Resource | undefined,
): T | undefined {
  const { url, version } = canonicalParts(canonical);
  const key = `${kind} ${url}`;
  const own = builtIn.get(key);
  const line = own ? undefined : builtInLine(key);
  const found = own ? compact(own) : line ? (JSON.parse(line) as T) : undefined;
  if (found && (version === undefined || !stored || found.version === version)) return found;
  return stored ? compact(stored) : undefined;
}
