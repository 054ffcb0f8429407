import { ICD10_VN } from '@yba/vietnam';
import type { Condition } from '../../fhir/types.ts';
import { resourcesOf, standingOf, type Chart } from '../record/chart.ts';
import { currentMedicines } from '../record/medicines.ts';
import { problemsOf } from '../record/problems.ts';
import { seriesOf } from '../record/results.ts';
import { codeIn, conceptWords } from '../record/resource-words.ts';
import { visitsOf } from '../record/visits.ts';

const DAY_MS = 86_400_000;
const RESULT_DAYS = 30;
const DOCUMENT_DAYS = 90;
const LINES = 8;

/** A diagnosis with its ICD-10 code. */
export type Diagnosis = { code: string; display: string };

/** One group of what goes with a referral: references, by what they are. */
export type PacketGroup = {
  name: 'allergies' | 'problems' | 'medicines' | 'results' | 'reports' | 'documents';
  items: { reference: string; words: string }[];
};

/** What the record already says for a transfer paper. */
export type Prefill = {
  encounter: string | undefined;
  diagnoses: Diagnosis[];
  signs: string;
  course: string;
  results: string;
  treatment: string;
  packet: PacketGroup[];
};

/**
 * Fills a transfer paper from the chart: the visit under way here, else the newest one here, with its diagnoses, signs and
 * results; where there was none yet, the newest one elsewhere tells why the patient came.
 */
export function prefillOf(chart: Chart, own: string | undefined): Prefill {
  const { parts } = chart;
  const conditions = resourcesOf(parts.conditions);
  const visits = visitsOf(resourcesOf(parts.encounters), conditions);
  const here = visits.filter(({ facility }) => facility === own);
  const ownVisit = here.find(({ status }) => status === 'in-progress') ?? here[0];
  const visit = ownVisit ?? visits[0];
  const signs = seriesOf(resourcesOf(parts.vitals)).flatMap((one) => {
    const value = one.values.at(-1);
    return value ? [`${one.name} ${comma(value.text)} ${one.unit}`.trim()] : [];
  });
  const results = seriesOf(resourcesOf(parts.results)).flatMap((one) => {
    const value = one.values.at(-1);
    const isRecent = value !== undefined && Date.now() - value.at < RESULT_DAYS * DAY_MS;
    return isRecent ? [{ ...one, value }] : [];
  });
  const told = results
    .toSorted((a, b) => Number(b.value.flag !== undefined) - Number(a.value.flag !== undefined))
    .slice(0, LINES)
    .map(({ name, unit, value }) => {
      const mark = value.flag === undefined ? '' : value.flag.endsWith('low') ? ' (thấp)' : ' (cao)';
      return `${name} ${comma(value.text)} ${unit}`.trim() + mark;
    });
  return {
    encounter: ownVisit && `Encounter/${ownVisit.id}`,
    diagnoses: diagnosesOf(conditions, visit?.id),
    signs: [visit?.reason, signs.slice(0, 6).join(', ')].filter(Boolean).join('. '),
    course: visit
      ? [visit.reason, visit.diagnoses.length > 0 && `Chẩn đoán: ${visit.diagnoses.join('; ')}`]
          .filter(Boolean)
          .join('. ')
      : '',
    results: told.join('; '),
    treatment: currentMedicines(resourcesOf(parts.medicines))
      .slice(0, LINES)
      .map(({ substance, strength, dose }) =>
        [`${substance} ${strength}`.trim(), dose].filter(Boolean).join(': '),
      )
      .join('; '),
    packet: packetOf(
      chart,
      results.map(({ value }) => value.id),
    ),
  };
}

const comma = (text: string): string => text.replace('.', ',');

/** Diagnoses with a code: those of the visit first, then lasting problems. */
function diagnosesOf(conditions: readonly Condition[], visit: string | undefined): Diagnosis[] {
  const ofVisit = conditions.filter(
    ({ encounter }) => visit && encounter?.reference === `Encounter/${visit}`,
  );
  const lasting = problemsOf(conditions).filter((one) => one.lasting);
  const all = [
    ...ofVisit.map((one) => ({ code: codeIn(one.code, ICD10_VN) ?? '', display: conceptWords(one.code) })),
    ...lasting.map(({ code, name }) => ({ code, display: name })),
  ];
  return [
    ...new Map(all.filter(({ code }) => /^[A-Z]\d/.test(code)).map((one) => [one.code, one])).values(),
  ].slice(0, 12);
}

function packetOf(chart: Chart, results: readonly string[]): PacketGroup[] {
  const { parts } = chart;
  const since = Date.now() - DOCUMENT_DAYS * DAY_MS;
  const isRecent = (date: string | undefined) => Date.parse(date ?? '') > since;
  const item = (type: string, id: string | undefined, words: string) => ({
    reference: `${type}/${id}`,
    words,
  });
  const groups: PacketGroup[] = [
    {
      name: 'allergies',
      items: resourcesOf(parts.allergies).map((one) =>
        item('AllergyIntolerance', one.id, conceptWords(one.code)),
      ),
    },
    {
      name: 'problems',
      items: resourcesOf(parts.conditions)
        .filter((one) => codeIn(one.clinicalStatus) !== 'resolved')
        .slice(0, 20)
        .map((one) => item('Condition', one.id, conceptWords(one.code))),
    },
    {
      name: 'medicines',
      items: currentMedicines(resourcesOf(parts.medicines)).map((one) =>
        item('MedicationRequest', one.key, `${one.substance} ${one.strength}`.trim()),
      ),
    },
    { name: 'results', items: results.slice(0, 40).map((id) => item('Observation', id, '')) },
    {
      name: 'reports',
      items: standingOf(parts.reports)
        .filter((one) => isRecent(one.effectiveDateTime ?? one.issued))
        .map((one) => item('DiagnosticReport', one.id, conceptWords(one.code))),
    },
    {
      name: 'documents',
      items: standingOf(parts.documents)
        .filter((one) => isRecent(one.date))
        .map((one) => item('DocumentReference', one.id, one.description ?? conceptWords(one.type))),
    },
  ];
  return groups.filter(({ items }) => items.length > 0);
}
