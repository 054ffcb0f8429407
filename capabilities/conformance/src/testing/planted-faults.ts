import assert from 'node:assert/strict';
import { checkFile } from '../check.ts';
import type { CheckOptions } from '../options.ts';
import { ruleOf } from '../rules/index.ts';

/**
 * A fault as vendors make it: what it is, the file, the place told, the rule, what the fix says in Vietnamese and English,
 * and all rules that tell something of it when it is not the one alone.
 */
export type PlantedFault = readonly [
  fault: string,
  file: string | Uint8Array,
  path: string,
  rule: string,
  vi: RegExp,
  en: RegExp,
  rules?: readonly string[],
];

/** Fails unless the fault is told as planted, and nothing else is. Remarks do not count. */
export async function assertFault(
  [fault, file, path, rule, vi, en, rules = [rule]]: PlantedFault,
  options: CheckOptions = {},
): Promise<void> {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const { findings } = await checkFile({ name: fault, bytes }, options);
  const told = findings.filter(({ severity }) => severity !== 'information');
  const list = JSON.stringify(told, null, 1);
  assert.deepEqual([...new Set(told.map((one) => one.rule))].sort(), [...rules].sort(), `${fault}: ${list}`);
  const found = told.find((one) => one.rule === rule && one.path === path);
  assert.ok(found, `${fault}: ${rule} at ${path} in ${list}`);
  assert.match(found.fix.vi, vi, fault);
  assert.match(found.fix.en, en, fault);
  assert.ok(found.found.vi.length > 5 && found.found.en.length > 5, fault);
  assert.notEqual(found.fix.vi, found.fix.en, fault);
  assert.ok(ruleOf(rule).source.name, fault);
}
