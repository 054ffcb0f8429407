import { addProfiles, addTerminology, OutcomeError, parseJson, type Resource, validate } from '@yba/fhir';
import { codeSystemsAndValueSets, structureDefinitions } from '@yba/vietnam/profiles';
import type { Fault, Findings } from '../finding.ts';
import type { CheckOptions } from '../options.ts';
import { checkCodings } from '../lists/check-codes.ts';
import { checkLetters } from '../text/letters.ts';
import { checkForms } from './form-rules.ts';
import { checkBundle } from './bundle-rules.ts';
import { jsonFault } from './json-fault.ts';
import { locate } from './locate.ts';
import { checkVietnam } from './vietnam-rules.ts';
import { told } from './words.ts';

/** What a FHIR file held: resources by type, those inside Bundles too. */
export type FhirContent = Record<string, number>;

/** Places beyond this many are told without line and column: each costs a walk through the text. */
const LOCATED = 300;

/** Puts the profiles of Viet Nam in force, once. */
const addBuiltIn = (() => {
  let added = false;
  return () => {
    if (added) return;
    added = true;
    addProfiles(structureDefinitions);
    addTerminology(codeSystemsAndValueSets());
  };
})();

/**
 * Checks the text of a FHIR file: one resource or Bundle as JSON, or one on each line (NDJSON). What cannot be read is a
 * finding too.
 */
export function checkFhir(text: string, findings: Findings, options: CheckOptions): FhirContent {
  addBuiltIn();
  const content: FhirContent = {};
  const parsed = parse(text);
  if ('resource' in parsed)
    checkOne(text, { resource: parsed.resource, own: text, from: 0 }, findings, options, content);
  else if (isLines(text)) {
    let from = 0;
    for (const line of text.split('\n')) {
      if (line.trim() !== '') checkLine(text, line, from, findings, options, content);
      from += line.length + 1;
    }
  } else findings.add(jsonFault(parsed.fault, text));
  return content;
}

function checkLine(
  text: string,
  line: string,
  from: number,
  findings: Findings,
  options: CheckOptions,
  content: FhirContent,
): void {
  const parsed = parse(line);
  if ('resource' in parsed)
    return checkOne(text, { resource: parsed.resource, own: line, from }, findings, options, content);
  const fault = jsonFault(parsed.fault, line);
  findings.add({ ...fault, line: text.slice(0, from).split('\n').length });
}

function parse(text: string): { resource: Resource } | { fault: string } {
  try {
    return { resource: parseJson(text) };
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    return { fault: error.message };
  }
}

/** Several lines, each of them an object by itself. */
function isLines(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 1 && lines.every((line) => /^\s*\{.*\}\s*$/.test(line));
}

/** One resource of a file: its own text, and where that begins in the whole. */
type One = { resource: Resource; own: string; from: number };

function checkOne(
  text: string,
  { resource, own, from }: One,
  findings: Findings,
  options: CheckOptions,
  content: FhirContent,
): void {
  count(resource, content);
  const before = findings.list.length;
  const show = (value: string) => findings.show(value);
  for (const issue of validate(resource)) {
    const { rule, severity, found, fix } = told(issue, show);
    findings.add({ rule, severity, found, fix, path: issue.expression?.[0] ?? resource.resourceType });
  }
  const add = (fault: Fault) => findings.add(fault);
  if (resource.resourceType === 'Bundle') checkBundle(resource, add, show);
  const isTold = (path: string) =>
    findings.list.slice(before).some((one) => one.path === path || one.path.startsWith(`${path}.`));
  checkVietnam(resource, own.includes('https://yba.vn/fhir/'), add, show, options, isTold);
  checkForms(resource, add);
  checkCodings(resource, resource.resourceType, findings, options.lists);
  if (/"signature"\s*:\s*[[{]/.test(own)) findings.leaveUnchecked('fhir-signature');
  if (/[\u0080-\uffff]/.test(own)) checkStrings(resource, findings);
  for (const found of findings.list.slice(before, before + LOCATED))
    Object.assign(found, locate(text, found.path, from));
}

function count(resource: Resource, content: FhirContent): void {
  const type = typeof resource.resourceType === 'string' ? resource.resourceType : 'Resource';
  content[type] = (content[type] ?? 0) + 1;
  const { entry } = resource;
  if (type !== 'Bundle' || !Array.isArray(entry)) return;
  for (const one of entry as ({ resource?: Resource } | null)[])
    if (typeof one?.resource === 'object' && one.resource) count(one.resource, content);
}

/** Elements whose text is not words of a language. */
const notWords = new Set([
  'div',
  'data',
  'url',
  'system',
  'reference',
  'fullUrl',
  'code',
  'id',
  'contentType',
  'expression',
  'xpath',
]);

/** The letters of every text of a resource. */
function checkStrings(resource: Resource, findings: Findings): void {
  const walk = (value: unknown, path: string, name: string): void => {
    if (typeof value === 'string') {
      if (!notWords.has(name)) checkLetters(value, () => ({ path }), findings);
    } else if (Array.isArray(value)) value.forEach((one, at) => walk(one, `${path}[${at}]`, name));
    else if (typeof value === 'object' && value !== null)
      for (const [key, one] of Object.entries(value)) walk(one, `${path}.${key}`, key);
  };
  walk(resource, resource.resourceType, '');
}
