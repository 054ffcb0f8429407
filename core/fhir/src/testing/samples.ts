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

/** One test of the FHIRPath R4 suite. Without `input` it runs on nothing; `invalid` says at what stage it must fail. */
export type FhirPathTest = {
  group: string;
  name: string;
  expression: string;
  input?: string;
  invalid?: 'syntax' | 'semantic' | 'execution';
  mode?: string;
  predicate?: string;
  output: { type?: string; value: string }[];
};

/** The 935 tests of the public FHIRPath R4 suite, and the resources they run on by name. */
export function fhirPathTests(): { tests: FhirPathTest[]; inputs: Record<string, Resource> } {
  return JSON.parse(readText('fhirpath-r4-tests.json.gz')) as {
    tests: FhirPathTest[];
    inputs: Record<string, Resource>;
  };
}

function readLines(name: string): Resource[] {
  return readText(name).trim().split('\n').map(parseJson);
}

function readText(name: string): string {
  return gunzipSync(readFileSync(new URL(`../../data/${name}`, import.meta.url))).toString();
}

/** One run of the reference validator: a resource, by a profile or by those it claims, and the errors found. */
export type ValidatorCase = {
  name: string;
  module?: string;
  /** Keys of `files`. */
  file: string;
  profile?: string;
  supporting: string[];
  errors: { text: string; expression: string }[];
};

/** The public validator's test cases for R4, and their files as text. */
export function validatorCases(): { cases: ValidatorCase[]; files: Record<string, string> } {
  return JSON.parse(readText('validator-r4-tests.json.gz')) as {
    cases: ValidatorCase[];
    files: Record<string, string>;
  };
}
