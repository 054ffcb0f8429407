import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Resource } from '../interactions.ts';
import { parseJson } from '../json/parse-json.ts';

/** The 719 official R4 examples, freshly parsed. */
export const officialExamples = (): Resource[] => readLines('r4-examples.ndjson.gz');

/**
 * The 25 Synthea Bundles, freshly parsed: 24 patients, and one batch (the 17th) with the practitioners they
 * refer to. Post the batch first.
 */
export const syntheaBundles = (): Resource[] => readLines('synthea-25-bundles.ndjson.gz');

function readLines(name: string): Resource[] {
  const text = gunzipSync(readFileSync(new URL(`../../data/${name}`, import.meta.url))).toString();
  return text.trim().split('\n').map(parseJson);
}
