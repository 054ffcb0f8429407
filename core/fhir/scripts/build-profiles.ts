// Makes data/r4-profiles.ndjson.gz from data/r4-definitions.ndjson.gz. Run by hand after a change here:
//   node core/fhir/scripts/build-profiles.ts
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Resource } from '../src/interactions.ts';
import {
  type ElementDefinition,
  structureDefinition,
  type StructureDefinition,
} from '../src/profile/structure-definition.ts';
import { readDefinitions } from './build-model.ts';
import { laterContexts } from './later-contexts.ts';

/** The profiles and extensions of R4, a line each: `url<TAB>the parts that say what is valid`. */
export function buildProfiles(definitions: Resource[]): string {
  const lines = definitions
    .filter(
      (definition) =>
        definition.resourceType === 'StructureDefinition' &&
        definition['derivation'] === 'constraint' &&
        definition['kind'] !== 'logical',
    )
    .map(
      (definition) =>
        `${String(definition['url'])}\t${JSON.stringify(corrected(structureDefinition(definition)))}`,
    );
  return `${lines.sort().join('\n')}\n`;
}

const standard = 'http://hl7.org/fhir/StructureDefinition/';

/** Where R4's own definitions use an extension, though its context does not say so. */
const alsoOn: Readonly<Record<string, string>> = {
  'structuredefinition-fhir-type': 'ElementDefinition.type',
  'structuredefinition-normative-version': 'Element',
  regex: 'ElementDefinition.type ElementDefinition.type.code',
  'valueset-concept-comments': 'CodeSystem.concept',
};

/**
 * Bindings that HL7 has loosened since, by profile and element: its work groups have grown (no binding); parts of
 * a vital sign are no vital signs (extensible since 4.3.0, and so in the snapshots of guides that derive from R4's).
 * Source: https://hl7.org/fhir/R4B/valueset-ucum-vitals-common.html
 */
const loosened: Readonly<Record<string, Record<string, 'extensible' | undefined>>> = {
  'structuredefinition-wg': { 'Extension.value[x]': undefined },
  vitalsigns: { 'Observation.component.value[x]': 'extensible' },
};

/**
 * Invariants on what carries an extension that HL7 has loosened since: whatever has answers to choose from is laid out;
 * and a text that is there to be read, `type` display, is what has a purpose (R4 says all but that).
 * Source: https://hl7.org/fhir/extensions/StructureDefinition-questionnaire-choiceOrientation.html, …-displayCategory.html
 */
const loosenedInvariants: Readonly<Record<string, string[]>> = {
  'questionnaire-choiceOrientation': ["type!='group' and type!='display'"],
  'questionnaire-displayCategory': [],
};

/** Invariants of R4, about items of a Questionnaire or Lists: not about the elements where the extension stands since. */
function invariantsOf(name: string, { contextInvariant }: StructureDefinition): string[] | undefined {
  const known = loosenedInvariants[name] ?? contextInvariant;
  const since = laterContexts[name]?.split(' ').map((place) => `is(${place})`) ?? [];
  // FHIRPath names the choice alone
  return known?.map((one) =>
    [...since, since.length > 0 ? `(${one})` : one]
      .join(' or ')
      .replace('%extension.valueInteger', '%extension.value'),
  );
}

function corrected(definition: StructureDefinition): StructureDefinition {
  const { url, context = [], element } = definition;
  const name = url.startsWith(standard) ? url.slice(standard.length) : '';
  const invariants = invariantsOf(name, definition);
  const more = [alsoOn[name], laterContexts[name]].flatMap((places) => places?.split(' ') ?? []);
  return {
    ...definition,
    ...(invariants ? { contextInvariant: invariants } : {}),
    ...(more.length > 0
      ? { context: [...context, ...more.map((expression) => ({ type: 'element', expression }))] }
      : {}),
    element: element.map((one) => loosen(one, loosened[name])),
  };
}

function loosen(element: ElementDefinition, strengths: (typeof loosened)[string] = {}): ElementDefinition {
  if (!Object.hasOwn(strengths, element.id)) return element;
  const { binding, ...rest } = element;
  const strength = strengths[element.id];
  return strength && binding ? { ...rest, binding: { ...binding, strength } } : rest;
}

if (import.meta.main) {
  const text = buildProfiles(readDefinitions() as unknown as Resource[]);
  writeFileSync(new URL('../data/r4-profiles.ndjson.gz', import.meta.url), gzipSync(text, { level: 9 }));
  console.log(`data/r4-profiles.ndjson.gz: ${text.length} characters`);
}
