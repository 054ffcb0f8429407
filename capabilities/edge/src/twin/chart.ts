import { Readable } from 'node:stream';
import { parseJson, type Resource } from '@yba/fhir';
import { facilitySource } from '@yba/vietnam';
import { readDossier, readEnvelope } from '@yba/vietnam/dossier';
import { moment } from '../status/words.ts';
import type { HubChart, Passed } from './twin.ts';

/** One line of the twin's chart; `where` names the facility when it is another one. */
export type Line = { when: string; what: string; detail: string; where?: string };

/** What the twin shows of a person, the newest first. */
export type Chart = Record<'allergies' | 'visits' | 'problems' | 'medicines' | 'results' | 'other', Line[]>;

type Coded = { text?: string; coding?: { display?: string; code?: string }[] };
type Loose = Resource & Record<string, unknown>;

/**
 * The chart of a person, the newest first: messages that passed and that the hub's copy cannot hold yet, then what the hub told. Of
 * what came several times (by type and first identifier) the newest counts, and what was withdrawn is left out.
 */
export async function chartOf(
  passed: readonly Passed[],
  hub: HubChart | undefined,
  { patient, facility }: { patient: string; facility: string },
): Promise<Chart> {
  const chart: Chart = { allergies: [], visits: [], problems: [], medicines: [], results: [], other: [] };
  const seen = new Set<string>();
  for (const { event, text } of passed) {
    const entries = ((parseJson(text) as Loose)['entry'] ?? []) as { resource?: Loose }[];
    if (event === 'retraction') {
      const focus = (entries[0]?.resource?.['focus'] ?? []) as {
        type?: string;
        identifier?: { system?: string; value?: string };
      }[];
      for (const { type, identifier } of focus) seen.add(keyOf(type ?? '', identifier));
      continue;
    }
    for (const { resource } of entries) {
      if (!resource) continue;
      if (resource.resourceType === 'Binary') {
        await addDossier(chart, Buffer.from(String(resource['data']), 'base64'), patient, seen);
        continue;
      }
      addOnce(resource, chart);
    }
  }
  for (const resource of Object.values(hub?.resources ?? {})) {
    const lines: Chart = { allergies: [], visits: [], problems: [], medicines: [], results: [], other: [] };
    addOnce(resource as Loose, lines);
    const where = placeOf(resource, facility, hub!.names);
    for (const [part, found] of Object.entries(lines) as [keyof Chart, Line[]][])
      chart[part].push(...found.map((line) => ({ ...line, ...(where ? { where } : {}) })));
  }
  for (const lines of Object.values(chart)) lines.sort((a, b) => timeOf(b) - timeOf(a));
  return chart;

  function addOnce(resource: Loose, to: Chart): void {
    const [identifier] = (resource['identifier'] ?? []) as { system?: string; value?: string }[];
    const key = keyOf(resource.resourceType, identifier);
    if (identifier && seen.has(key)) return;
    seen.add(key);
    if (!isWithdrawn(resource)) addResource(to, resource);
  }
}

const timeOf = ({ when }: Line): number => Date.parse(when) || 0;

function isWithdrawn(resource: Loose): boolean {
  const verification = resource['verificationStatus'] as Coded | undefined;
  return (
    resource['status'] === 'entered-in-error' ||
    (verification?.coding ?? []).some(({ code }) => code === 'entered-in-error')
  );
}

/** The name of the facility a resource is of, when that is another one. */
function placeOf({ meta }: Resource, facility: string, names: Readonly<Record<string, string>>): string {
  const source = meta?.source as string | undefined;
  const code = source?.split('/').at(-1) ?? '';
  return source === undefined || source === facilitySource(facility) ? '' : (names[code] ?? code);
}

const keyOf = (type: string, identifier: { system?: string; value?: string } | undefined) =>
  `${type}|${identifier?.system}|${identifier?.value}`;

function addResource(chart: Chart, resource: Loose): void {
  const text = (name: string) => (typeof resource[name] === 'string' ? (resource[name] as string) : '');
  const code = words(resource['code'] as Coded);
  switch (resource.resourceType) {
    case 'Encounter': {
      const { start = '', end = '' } = (resource['period'] ?? {}) as { start?: string; end?: string };
      const { display, code: kind } = (resource['class'] ?? {}) as { display?: string; code?: string };
      const reasons = ((resource['reasonCode'] ?? []) as Coded[]).map(words).filter(Boolean);
      chart.visits.push({
        when: start,
        what: display ?? kind ?? text('status'),
        detail: [end && `→ ${shortTime(end)}`, ...reasons].filter(Boolean).join(' · '),
      });
      break;
    }
    case 'Condition':
      chart.problems.push({
        when: text('onsetDateTime') || text('recordedDate'),
        what: code,
        detail: codes(resource['code'] as Coded),
      });
      break;
    case 'AllergyIntolerance':
      chart.allergies.push({ when: text('recordedDate'), what: code, detail: text('criticality') });
      break;
    case 'MedicationRequest':
    case 'MedicationStatement': {
      const dose = ((resource['dosageInstruction'] ?? []) as { text?: string }[])
        .map((each) => each.text)
        .filter(Boolean);
      chart.medicines.push({
        when: text('authoredOn'),
        what: words(resource['medicationCodeableConcept'] as Coded),
        detail: dose.join('; '),
      });
      break;
    }
    case 'Observation':
      chart.results.push({ when: text('effectiveDateTime'), what: code, detail: valueWords(resource) });
      break;
    case 'DiagnosticReport':
      if (text('conclusion'))
        chart.results.push({ when: text('effectiveDateTime'), what: code, detail: text('conclusion') });
      break;
    case 'Procedure':
    case 'Immunization':
    case 'ServiceRequest':
      chart.other.push({
        when: text('performedDateTime') || text('occurrenceDateTime') || text('authoredOn'),
        what: code || words(resource['vaccineCode'] as Coded),
        detail: '',
      });
      break;
    case 'Appointment':
      chart.other.push({
        when: text('start'),
        what: words(((resource['serviceType'] ?? []) as Coded[])[0]) || 'Lịch hẹn',
        detail: text('status'),
      });
      break;
    case 'DocumentReference':
      chart.other.push({
        when: text('date'),
        what: text('description') || words(resource['type'] as Coded),
        detail: '',
      });
      break;
  }
}

function words(concept: Coded | undefined): string {
  return (
    concept?.text ??
    concept?.coding?.find(({ display }) => display)?.display ??
    concept?.coding?.[0]?.code ??
    ''
  );
}

const codes = (concept: Coded | undefined) =>
  (concept?.coding ?? [])
    .map(({ code }) => code ?? '')
    .filter(Boolean)
    .join(', ');

function valueWords(resource: Loose): string {
  const quantity = resource['valueQuantity'] as
    { value?: unknown; unit?: string; comparator?: string } | undefined;
  const flags = ((resource['interpretation'] ?? []) as Coded[])
    .map((each) => each.coding?.[0]?.code ?? each.text)
    .filter(Boolean);
  const value = quantity
    ? `${quantity.comparator ?? ''}${String(quantity.value)} ${quantity.unit ?? ''}`.trim()
    : ((resource['valueString'] as string | undefined) ?? words(resource['valueCodeableConcept'] as Coded));
  return [value, ...flags].filter(Boolean).join(' · ');
}

/** XML1 to XML4 of the patient's dossiers. */
async function addDossier(chart: Chart, bytes: Buffer, patient: string, seen: Set<string>): Promise<void> {
  const { dossiers } = await readEnvelope(Readable.from([bytes]));
  for (const raw of dossiers) {
    const { maLk, summary, tables } = await readDossier(raw);
    const key = `dossier ${maLk}`;
    if (!summary || summary.MA_BN !== patient || seen.has(key)) continue;
    seen.add(key);
    const rows = (name: string) =>
      tables
        .filter((table) => table.name === name)
        .flatMap((table) => table.rows.map(({ fields }) => fields));
    const time = (text = '') =>
      text.replace(
        /^(\d{4})(\d{2})(\d{2})(\d{2})?(\d{2})?.*/,
        (_all, y, m, d, h = '00', min = '00') => `${y}-${m}-${d}T${h}:${min}:00+07:00`,
      );
    chart.visits.push({
      when: time(summary.NGAY_VAO),
      what: summary.LY_DO_VV || summary.LY_DO_VNT || 'Lượt khám',
      detail: summary.NGAY_RA ? `→ ${shortTime(time(summary.NGAY_RA))}` : '',
    });
    chart.problems.push({
      when: time(summary.NGAY_RA),
      what: summary.CHAN_DOAN_RV || summary.MA_BENH_CHINH || '',
      detail: [summary.MA_BENH_CHINH, summary.MA_BENH_KT].filter(Boolean).join('; '),
    });
    for (const drug of rows('XML2'))
      chart.medicines.push({
        when: time(drug.NGAY_YL),
        what: drug.TEN_THUOC ?? '',
        detail: drug.LIEU_DUNG ?? '',
      });
    for (const result of rows('XML4'))
      chart.results.push({
        when: time(result.NGAY_KQ),
        what: result.TEN_CHI_SO ?? '',
        detail: [result.GIA_TRI, result.DON_VI_DO, result.MO_TA, result.KET_LUAN].filter(Boolean).join(' '),
      });
  }
}

/** `20/11/2026 08:05` of a FHIR time, in Viet Nam when it names its zone. */
export function shortTime(time: string): string {
  if (/T.*(Z|[+-]\d{2}:\d{2})$/.test(time) && !Number.isNaN(Date.parse(time)))
    return moment(Date.parse(time));
  const [, year, month, day, clock] =
    /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2}))?)?)?/.exec(time) ?? [];
  return [[day, month, year].filter(Boolean).join('/'), clock].filter(Boolean).join(' ');
}
