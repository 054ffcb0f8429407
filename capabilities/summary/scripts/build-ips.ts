// Makes data/ips-profiles.json from a checkout of HL7/fhir-ips: the profiles the summary is held to, as differentials.
//   node capabilities/summary/scripts/build-ips.ts <folder with input/fsh>
// Reads the part of FHIR Shorthand that those profiles use; an unknown rule ends it.
// Source: https://hl7.org/fhir/uv/shorthand/reference.html
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Element = { id: string; path: string; [name: string]: unknown };

const root = join(process.argv[2] ?? '.', 'input', 'fsh');
const CANONICAL = 'http://hl7.org/fhir/uv/ips/StructureDefinition/';
const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const WANTED = [
  'AllergyIntoleranceUvIps',
  'BundleUvIps',
  'CodeableConceptIPS',
  'CodingIPS',
  'CompositionUvIps',
  'ConditionUvIps',
  'ImmunizationUvIps',
  'MedicationIPS',
  'MedicationRequestIPS',
  'MedicationStatementIPS',
  'ObservationResultsLaboratoryPathologyUvIps',
  'OrganizationUvIps',
  'PatientUvIps',
  'ProcedureUvIps',
];

const read = (folder: string) =>
  readdirSync(join(root, folder)).map((name) => readFileSync(join(root, folder, name), 'utf8'));
const aliases = new Map(
  [...readFileSync(join(root, 'aliases.fsh'), 'utf8').matchAll(/^Alias: (\S+)\s*=\s*(\S+)/gm)].map(
    ([, name, url]) => [name!, url!],
  ),
);
const invariants = new Map(
  read('invariants').map((text) => {
    const name = /^Invariant: (\S+)/m.exec(text)![1]!;
    const part = (key: string) =>
      new RegExp(`^\\*? ?${key}\\s*[=:]\\s*"(.*)"\\s*$`, 'im').exec(text)?.[1] ?? '';
    return [
      name,
      {
        key: name,
        severity: 'error',
        human: part('description'),
        expression: part('expression').replaceAll('\\"', '"'),
      },
    ];
  }),
);
const sources = read('profiles').filter((text) => text.startsWith('Profile: '));
const idOf = new Map(
  sources.map((text) => [/^Profile: (\S+)/.exec(text)![1]!, /^Id: (\S+)/m.exec(text)![1]!]),
);

const canonical = (name: string): string => {
  const known = idOf.get(name);
  if (known) return WANTED.includes(name) ? CANONICAL + known : baseOf(name);
  return aliases.get(name) ?? R4 + name;
};

/** Profiles that are not taken along count as the type they narrow. */
const baseOf = (name: string): string => {
  const text = sources.find((one) => one.startsWith(`Profile: ${name}`))!;
  return R4 + /^Parent: (\S+)/m.exec(text)![1]!;
};

/** The value sets of the guide by name. */
const valueSets = new Map(
  read('valuesets').map((text) => [/^ValueSet: (\S+)/m.exec(text)![1]!, text] as const),
);
/** Value sets that a required or extensible binding names: those are taken along. */
const bound = new Set<string>();

/** The canonical of a value set named in a rule; undefined for one that is of neither the guide nor its aliases. */
function valueSetUrl(name: string): string | undefined {
  const text = valueSets.get(name);
  if (text) return `http://hl7.org/fhir/uv/ips/ValueSet/${/^Id: (\S+)/m.exec(text)![1]!}`;
  return aliases.get(name) ?? (name.startsWith('http') ? name : undefined);
}

/** Names that the guide uses for code systems without an alias. */
const SYSTEMS: Readonly<Record<string, string>> = {
  ConditionCategoryCodes: 'http://terminology.hl7.org/CodeSystem/condition-category',
};
const systemOf = (name: string) => aliases.get(name) ?? SYSTEMS[name] ?? name;

/** A value set of whole systems, single codes and codes left out; the guide's required ones have no other rules. */
function convertValueSet(name: string) {
  const text = valueSets.get(name);
  if (!text) throw new Error(`no value set ${name}`);
  const include: object[] = [];
  const exclude: object[] = [];
  for (const [, rule = ''] of text.replaceAll(/\n\s+/g, ' ').matchAll(/^\* (?!\^)(.+)$/gm)) {
    const whole = /^include codes from system (\S+)$/.exec(rule.trim());
    const without = /^exclude codes from system (\S+) where concept is-a #(\S+)/.exec(rule);
    const one = /^(?:include )?(\S+)#(\S+)/.exec(rule);
    if (whole) include.push({ system: systemOf(whole[1]!) });
    else if (without) exclude.push({ system: systemOf(without[1]!), concept: [{ code: without[2] }] });
    else if (one) include.push({ system: systemOf(one[1]!), concept: [{ code: one[2] }] });
    else throw new Error(`value set ${name}: ${rule}`);
  }
  return {
    resourceType: 'ValueSet',
    url: valueSetUrl(name),
    name,
    status: 'active',
    compose: { include, ...(exclude.length > 0 ? { exclude } : {}) },
  };
}

function convert(text: string) {
  const [id, parent] = [/^Id: (\S+)/m.exec(text)![1]!, /^Parent: (\S+)/m.exec(text)![1]!];
  const elements = new Map<string, Element>();
  const element = (path: string): Element => {
    const steps = path === '.' ? [] : path.split('.');
    const ids = steps.map((step) => step.replace(/^([^[]+)\[(?!x\])([^\]]+)\]$/, '$1:$2'));
    const whole = [parent, ...ids].join('.');
    let known = elements.get(whole);
    if (!known) {
      known = { id: whole, path: [parent, ...ids.map((one) => one.split(':')[0])].join('.') };
      const slice = ids.at(-1)?.split(':')[1];
      if (slice) known['sliceName'] = slice;
      elements.set(whole, known);
    }
    return known;
  };
  const rules = text
    .replaceAll(/"""[\s\S]*?"""/g, '""')
    .split(/^\* /m)
    .slice(1)
    .map((rule) =>
      rule
        .replaceAll(/^\s*\/\/.*$/gm, '')
        .trim()
        .replaceAll(/\s+/g, ' '),
    );
  let slicing: { element: Element; discriminator: Record<string, string>[] } | undefined;
  for (const rule of rules) {
    if (/^(\S+ )?\^/.test(rule)) {
      const caret = /^(\S+ )?\^(slicing\.\S+) = (.+)$/.exec(rule);
      if (!caret) continue;
      const [, at = '.', what = '', value = ''] = caret;
      const target = element(at.trim());
      if (slicing?.element !== target) slicing = { element: target, discriminator: [] };
      const field = /^slicing\.discriminator\[(\d+|\+|=)\]\.(type|path)$/.exec(what);
      if (field) {
        const index =
          field[1] === '+'
            ? slicing.discriminator.length
            : field[1] === '='
              ? slicing.discriminator.length - 1
              : Number(field[1]);
        (slicing.discriminator[index] ??= {})[field[2]!] = value.replace(/^#/, '').replaceAll('"', '');
      }
      target['slicing'] = {
        ...(target['slicing'] as object),
        discriminator: slicing.discriminator,
        rules: 'open',
      };
      continue;
    }
    rules_of(rule, element);
  }
  return {
    resourceType: 'StructureDefinition',
    url: CANONICAL + id,
    name: /^Profile: (\S+)/.exec(text)![1],
    status: 'active',
    fhirVersion: '4.0.1',
    kind: /^(CodeableConcept|Coding)$/.test(parent) ? 'complex-type' : 'resource',
    abstract: false,
    type: parent,
    baseDefinition: R4 + parent,
    derivation: 'constraint',
    differential: { element: [...elements.values()] },
  };
}

/** A flag on one type of a choice stands on the choice: named by its type alone, the element would exclude the others. */
const choiceOf = (path: string) =>
  path.replace(/\b(effective|performed|occurrence|onset|medication|value|item)(?=[A-Z]).*$/, '$1[x]');

function cardinality(target: Element, text: string): void {
  const [min, max] = text.split('..');
  if (min) target['min'] = Number(min);
  if (max) target['max'] = max;
}

function rules_of(rule: string, element: (path: string) => Element): void {
  const obeys = /^(?:(\S+) )?obeys (.+)$/.exec(rule);
  if (obeys) {
    element(obeys[1] ?? '.')['constraint'] = obeys[2]!
      .split(' and ')
      .map((name) => invariants.get(name.trim())!);
    return;
  }
  const contains = /^(\S+) contains (.+)$/.exec(rule);
  if (contains) {
    for (const item of contains[2]!.split(/ and /)) {
      const found = /^(\S+)(?: named (\S+))? (\d*\.\.[\d*]*)/.exec(item.trim());
      if (!found) throw new Error(`contains: ${rule}`);
      const [, name = '', alias, card = ''] = found;
      if (contains[1]!.endsWith('extension')) continue; // extensions are open anyway
      const slice = element(`${contains[1]}[${alias ?? name}]`);
      cardinality(slice, card);
      if (/ MS\b/.test(item)) slice['mustSupport'] = true;
    }
    return;
  }
  const only = /^(\S+) only (.+)$/.exec(rule);
  if (only) {
    if (choiceOf(only[1]!) !== only[1]) return; // one type of a choice, narrowed: named by its type it would exclude the others
    element(only[1]!)['type'] = only[2]!.match(/Reference\([^)]*\)|[^\s]+/g)!.flatMap((one): object[] => {
      if (one === 'or') return [];
      const reference = /^Reference\((.*)\)$/.exec(one);
      if (reference)
        return [
          {
            code: 'Reference',
            targetProfile: reference[1]!.split(' or ').map((name) => canonical(name.trim())),
          },
        ];
      const url = canonical(one);
      if (url === R4 + one) return [{ code: one }];
      const profile = sources.find((text) => text.startsWith(`Profile: ${one}`));
      const type = profile ? /^Parent: (\S+)/m.exec(profile)![1]! : 'Observation';
      return [url === R4 + type ? { code: type } : { code: type, profile: [url] }];
    });
    return;
  }
  const from = /^(\S+) from (\S+)(?: \((\w+)\))?/.exec(rule);
  if (from) {
    const [, path = '', name = '', strength = 'required'] = from;
    const valueSet = valueSetUrl(name);
    if (valueSet && choiceOf(path) === path) element(path)['binding'] = { strength, valueSet };
    if (strength === 'required' || strength === 'extensible') bound.add(name);
    return;
  }
  const fixed = /^(\S+) = (\S+?)(?: "[^"]*")?( \(exactly\))?$/.exec(rule);
  if (fixed) {
    const [, path = '', value = ''] = fixed;
    const coded = /^(\S+)#(\S+)$/.exec(value);
    if (value === 'true' || value === 'false') element(path)['patternBoolean'] = value === 'true';
    else if (value.startsWith('#')) element(path)['patternCode'] = value.slice(1);
    else if (coded)
      element(path)['patternCodeableConcept'] = {
        coding: [{ system: aliases.get(coded[1]!) ?? coded[1], code: coded[2] }],
      };
    else throw new Error(`value: ${rule}`);
    return;
  }
  const plain = /^(\S+)((?: (?:\d*\.\.[\d*]*|MS|TU|SU|\?!|N|D))+)$/.exec(rule);
  if (!plain) throw new Error(`unknown rule: ${rule}`);
  const card = /\d*\.\.[\d*]*/.exec(plain[2]!)?.[0];
  if (/ MS\b/.test(plain[2]!)) element(card ? plain[1]! : choiceOf(plain[1]!))['mustSupport'] = true;
  if (card) cardinality(element(plain[1]!), card);
}

const profiles = sources
  .filter((text) => WANTED.includes(/^Profile: (\S+)/.exec(text)![1]!))
  .map(convert)
  .sort((a, b) => a.url.localeCompare(b.url));
const sets = [...bound].filter((name) => valueSets.has(name)).map(convertValueSet);
writeFileSync(
  new URL('../data/ips-profiles.json', import.meta.url),
  `[\n${[...profiles, ...sets].map((one) => JSON.stringify(one)).join(',\n')}\n]\n`,
);
console.log(`${profiles.length} profiles, ${sets.length} value sets`);
