import { randomUUID } from 'node:crypto';
import { Decimal, notFound, outcomeError, parseJson, type Context, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { AccessRequest, Reach, Repository } from '@yba/repository';
import { completed } from './completed.ts';
import { SECTIONS, type Section } from './sections.ts';

export type SummaryPorts = {
  repository: Repository;
  decide(context: Context, request: AccessRequest): Promise<Reach>;
  /** Base of fullUrls: `http://localhost:8080/fhir`. */
  fhirBase: string;
  now?: () => Date;
};

const PROFILE = 'http://hl7.org/fhir/uv/ips/StructureDefinition';
const EMPTY = 'http://terminology.hl7.org/CodeSystem/list-empty-reason';
const HELD_BACK =
  'Điều mà luật hoặc chính người bệnh không cho người đọc này xem thì không có trong phần này; câu này có ở mọi phần, dù có gì được giữ lại hay không. / What the law or the person keeps from this reader is not in this section; this is said of every section, whether or not anything is kept back.';
const NOT_OF_ROLE =
  'Người đọc này không được xem phần này của bất kỳ ai. / This reader does not read this part of anybody’s record.';
/** Source: http://terminology.hl7.org/CodeSystem/v3-ObservationValue */
const REDACTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'REDACTED',
  display: 'redacted',
};

/** Results listed: the newest. */
const RESULTS = 60;
const VITALS = 12;
const OTHERS = 500;

/** How much a summary is made of at most, in characters: as much as one page holds. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/**
 * `GET|POST Patient/{id}/$summary`: the International Patient Summary as a document Bundle, of what the caller may read.
 * Required sections that hold nothing say that nothing is known; a section that the caller's role does not read says that it
 * is withheld; each section says, to whoever may see less than the person, that it may hold less. Source: https://hl7.org/fhir/uv/ips/OperationDefinition-summary.html
 */
export function summaryOperation(ports: SummaryPorts): Operation {
  return {
    code: 'summary',
    on: { type: 'Patient', instance: true },
    methods: ['GET', 'POST'],
    limit: { perMinute: 60, burst: 30 },
    definition: 'http://hl7.org/fhir/uv/ips/OperationDefinition/summary',
    handle: async ({ context, id }: OperationRequest): Promise<OperationResponse> => ({
      resource: await summaryOf(ports, context, id!),
    }),
  };
}

/** The summary of a person, as this caller may see them: read as the caller, and logged as such. Throws `not-found`, `forbidden`. */
export async function summaryOf(
  ports: SummaryPorts,
  context: Context,
  id: string,
  isShown?: (resource: Resource) => boolean,
): Promise<Resource> {
  const { repository, fhirBase, now = () => new Date() } = ports;
  const patient = withBirthDate(parseJson((await repository.read(context, 'Patient', id)).text));
  if (patient.resourceType !== 'Patient') throw notFound(`Patient/${id}`);
  const { found: all, withheld } = await read(ports, context, id);
  const found = isShown ? all.filter(isShown) : all;
  const at = now().toISOString();
  const subject = { reference: `${fhirBase}/Patient/${id}` };
  const device: Resource = {
    resourceType: 'Device',
    id: randomUUID(),
    deviceName: [{ name: 'Y Bạ', type: 'user-friendly-name' }],
  };
  const entries: Resource[] = [];
  // who reads less than the person does is told so in every section alike, whether or not something is kept back there:
  // told of one section alone it would tell what it hides
  const isPartial = withheld.size > 0 || context.caller.role !== 'citizen' || isShown !== undefined;
  const sections = SECTIONS.flatMap(
    (section) => sectionOf(section, found, { withheld, isPartial, at, subject, entries }) ?? [],
  );
  const [name] = (patient['name'] ?? []) as { text?: string }[];
  const composition: Resource = {
    resourceType: 'Composition',
    id: randomUUID(),
    meta: { profile: [`${PROFILE}/Composition-uv-ips`], ...(isPartial ? { security: [REDACTED] } : {}) },
    language: 'vi',
    text: narrative([
      `Tóm tắt hồ sơ sức khỏe: ${name?.text ?? ''}. Lập tự động từ hồ sơ của mọi cơ sở, ${at}.`,
      ...(isPartial ? [HELD_BACK] : []),
    ]),
    status: 'final',
    type: { coding: [{ system: 'http://loinc.org', code: '60591-5', display: 'Patient summary Document' }] },
    subject,
    date: at,
    author: [{ reference: `${fhirBase}/Device/${device.id}`, display: 'Y Bạ' }],
    title: `Tóm tắt hồ sơ sức khỏe quốc tế: ${name?.text ?? ''}`.trim(),
    confidentiality: 'N',
    custodian: { display: 'Y Bạ' },
    section: sections,
  };
  const resources = [composition, patient, device, ...entries];
  return {
    resourceType: 'Bundle',
    meta: { profile: [`${PROFILE}/Bundle-uv-ips`] },
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${randomUUID()}` },
    type: 'document',
    timestamp: at,
    entry: resources.map((resource) => ({
      fullUrl: `${fhirBase}/${resource.resourceType}/${resource.id}`,
      resource: resource === composition ? resource : rebased(resource, fhirBase),
    })),
  };
}

/** The summary asks for a birth date; where none is known it says so. */
function withBirthDate(patient: Resource): Resource {
  if (patient['birthDate'] !== undefined) return patient;
  const unknown = { url: ABSENT, valueCode: 'unknown' };
  return { ...patient, _birthDate: { extension: [unknown] } };
}

const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';

/** Everything the sections may hold, as the caller may read it; types that the caller does not read are named. */
async function read(
  { repository, decide }: SummaryPorts,
  context: Context,
  id: string,
): Promise<{ found: Resource[]; withheld: Set<string> }> {
  const asked: readonly (readonly [type: string, query: string, count: number])[] = [
    ['Condition', '', OTHERS],
    ['AllergyIntolerance', '', OTHERS],
    ['MedicationRequest', 'status=active,on-hold', OTHERS],
    ['Immunization', '', OTHERS],
    ['Procedure', '', OTHERS],
    ['Observation', 'category=laboratory&_sort=-date', RESULTS],
    ['Observation', 'category=vital-signs&_sort=-date', VITALS],
  ];
  const withheld = new Set<string>();
  for (const [type] of asked)
    if (!withheld.has(type) && !(await isRead(decide, context, type))) withheld.add(type);
  const found: Resource[] = [];
  let characters = 0;
  for (const [type, query, count] of asked) {
    if (withheld.has(type)) continue;
    const params = new URLSearchParams(query);
    params.set('patient', `Patient/${id}`);
    params.set('_count', String(count));
    const { entries, next } = await repository.search(context, type, params, { handling: 'strict' });
    if (next && entries.length < count) throw tooMuch(); // a page that its bytes ended
    for (const { text, mode } of entries) {
      if (!text || mode === 'outcome') continue;
      characters += text.length;
      if (characters > MOST_CHARACTERS) throw tooMuch();
      found.push(parseJson(text));
    }
  }
  return { found, withheld };
}

const tooMuch = () =>
  outcomeError(
    'too-costly',
    `What the summary would be made of is more than ${MOST_CHARACTERS / 1024 / 1024} MiB; read the record by pages ($everything?_count=50)`,
  );

async function isRead(decide: SummaryPorts['decide'], context: Context, type: string): Promise<boolean> {
  try {
    await decide(context, { action: 'read', types: [type], patients: [], probe: true });
    return true;
  } catch {
    return false;
  }
}

type Making = {
  /** Types that the caller does not read at all. */
  withheld: ReadonlySet<string>;
  /** Whether the reader may see less than the person does. */
  isPartial: boolean;
  at: string;
  subject: { reference: string };
  /** Takes the resources of the sections. */
  entries: Resource[];
};

/** What is kept back of a section, as the guide has it. Source: https://hl7.org/fhir/uv/ips/StructureDefinition-Composition-uv-ips.html (section-note) */
const note = (text: string, time: string) => ({
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/note', valueAnnotation: { time, text } }],
});

/** A section with its resources put into `entries`; undefined for an optional one that holds nothing and hides nothing. */
function sectionOf(
  section: Section,
  found: readonly Resource[],
  { withheld, isPartial, at, subject, entries }: Making,
): object | undefined {
  const { code, title, display, types, nothing } = section;
  const head = {
    title,
    code: { coding: [{ system: 'http://loinc.org', code, display }] },
  };
  if (types.some((type) => withheld.has(type))) {
    return {
      ...note(NOT_OF_ROLE, at),
      ...head,
      text: narrative([NOT_OF_ROLE]),
      emptyReason: { coding: [{ system: EMPTY, code: 'withheld', display: 'Information Withheld' }] },
    };
  }
  const held = unique(found.filter((one) => section.holds(one)));
  if (held.length === 0 && !nothing) return undefined;
  const listed = held.length > 0 ? held.map(completed) : [{ ...nothing!(subject), id: randomUUID() }];
  entries.push(...listed);
  const base = subject.reference.slice(0, subject.reference.lastIndexOf('/Patient/'));
  return {
    ...(isPartial ? note(HELD_BACK, at) : {}),
    ...head,
    text: narrative([...listed.map(wordsOf), ...(isPartial ? [HELD_BACK] : [])]),
    entry: listed.map(({ resourceType, id }) => ({ reference: `${base}/${resourceType}/${id}` })),
  };
}

/** The same fact said at many visits is listed once: the newest of each code. */
function unique(resources: readonly Resource[]): Resource[] {
  const known = new Map<string, Resource>();
  for (const one of resources) {
    const key = one.resourceType === 'Observation' ? String(one.id) : `${one.resourceType} ${wordsOf(one)}`;
    if (!known.has(key)) known.set(key, one);
  }
  return [...known.values()];
}

type Concept = { text?: string; coding?: { display?: string; code?: string }[] };

const concept = (value: unknown): string => {
  const { text, coding = [] } = (value ?? {}) as Concept;
  return text ?? coding[0]?.display ?? coding[0]?.code ?? '';
};

/** One line of the narrative. */
function wordsOf(resource: Resource): string {
  const what = concept(resource['code'] ?? resource['medicationCodeableConcept'] ?? resource['vaccineCode']);
  const [dosage] = (resource['dosageInstruction'] ?? []) as { text?: string }[];
  const parts = ((resource['component'] ?? []) as object[]).flatMap((one) => valueWords(one) ?? []);
  const value = valueWords(resource) ?? (parts.length > 0 ? parts.join(' / ') : dosage?.text);
  const at = resource['effectiveDateTime'] ?? resource['occurrenceDateTime'] ?? resource['performedDateTime'];
  const day = typeof at === 'string' ? ` (${at.slice(0, 10).split('-').reverse().join('/')})` : '';
  return `${what}${value ? `: ${value}` : ''}${day}`.trim();
}

/** A measured value in words, with the comma of Vietnamese numbers; undefined when there is none. */
function valueWords(of: object): string | undefined {
  const { valueQuantity, valueString, valueCodeableConcept } = of as {
    valueQuantity?: { value?: unknown; unit?: string };
    valueString?: string;
    valueCodeableConcept?: Concept;
  };
  if (valueQuantity) {
    // annotations of UCUM ({INR}) say nothing to people
    const unit = (valueQuantity.unit ?? '').replaceAll(/\{[^}]*\}/g, '');
    return `${String(valueQuantity.value ?? '').replace('.', ',')} ${unit}`.trim();
  }
  return valueString ?? (valueCodeableConcept ? concept(valueCodeableConcept) : undefined);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function narrative(lines: readonly string[]): object {
  const items = lines.map((line) => `<p>${line.replaceAll(/[&<>"]/g, (one) => ESCAPES[one]!)}</p>`).join('');
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${items}</div>` };
}

/** References below the base made absolute, so that they resolve inside the document; decimals keep their digits. */
function rebased<T>(value: T, base: string): T {
  if (Array.isArray(value)) return value.map((one: unknown) => rebased(one, base)) as T;
  if (typeof value !== 'object' || value === null || value instanceof Decimal) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      name === 'reference' && typeof inner === 'string' && RELATIVE.test(inner)
        ? `${base}/${inner}`
        : rebased(inner, base),
    ]),
  ) as T;
}

const RELATIVE = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]+$/;
