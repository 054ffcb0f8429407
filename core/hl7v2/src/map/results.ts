import type { Message, Segment } from '../message.ts';
import { compact, concept, dateTime, instant, practitioner, present } from './data-types.ts';
import { observationOf } from './observation.ts';
import { orderGroups, orderNumbers, type OrderGroup, withNotes } from './order-groups.ts';
import { type Context, orderIdentifiers, type Record, specimensOf, urn } from './orders.ts';
import type { Built, BuiltEntry, MapOptions } from './systems.ts';

/** OBR-25 as DiagnosticReport.status. Source: v2-to-FHIR table 0123 */
const STATUS: Readonly<{ [code: string]: string }> = {
  F: 'final',
  C: 'corrected',
  P: 'preliminary',
  A: 'partial',
  R: 'preliminary',
  I: 'registered',
  O: 'registered',
  S: 'registered',
  X: 'cancelled',
  D: 'entered-in-error',
};

/** ORU as DiagnosticReports with their Observations and specimens. Source: v2-to-FHIR ORU_R01 */
export function resultsOf(message: Message, context: Context, options: MapOptions): Record {
  const groups = orderGroups(message);
  const entries = groups.flatMap((group) => reportEntries(group, context, options));
  const results = groups.flatMap(({ rest }) => rest.filter(({ name }) => name === 'OBX'));
  const withdrawn =
    groups.every(({ obr }) => obr.text(25) === 'D') ||
    (results.length > 0 && results.every((obx) => /^[DW]$/.test(obx.text(11).toUpperCase())));
  return { entries, head: entries[0]!, withdrawn };
}

function reportEntries(
  group: OrderGroup,
  { subject, encounter }: Context,
  options: MapOptions,
): BuiltEntry[] {
  const { obr, rest } = group;
  const { systems, uuid } = options;
  const numbers = orderNumbers(group);
  const code = concept(obr, 4, systems) ?? { text: '?' };
  const key = `${numbers.filler || numbers.placer}/${code.coding?.[0]?.code ?? code.text}`;
  const effective = dateTime(obr, 7) ?? dateTime(obr, 22) ?? dateTime(obr, 14);
  const category = categoryOf(obr);
  const specimens = specimensOf(group, key, subject, options);
  const files = withNotes(rest, 'OBX').filter(({ segment }) => isFile(segment));
  const observations = withNotes(rest, 'OBX')
    .filter(({ segment }) => !isFile(segment))
    .map(({ segment, notes }): BuiltEntry => {
      const resource = observationOf(
        segment,
        notes,
        { subject, encounter, effective, key, category },
        options,
      );
      const [specimen] = specimens;
      if (specimen) resource['specimen'] = { reference: specimen.fullUrl };
      return { fullUrl: urn(uuid('observation', key, String(segment.sequence))), resource };
    });
  const report: Built = compact({
    resourceType: 'DiagnosticReport',
    identifier: orderIdentifiers(numbers, systems, 'filler'),
    status: STATUS[obr.text(25).toUpperCase()] ?? 'final',
    category: obr.text(24)
      ? [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: obr.text(24) }] }]
      : [],
    code,
    subject,
    encounter,
    effectiveDateTime: effective,
    issued: instant(obr, 22),
    resultsInterpreter: present([practitioner(obr, 32, systems)]),
    performer: present([practitioner(obr, 34, systems)]),
    specimen: specimens.map(({ fullUrl }) => ({ reference: fullUrl })),
    result: observations.map(({ fullUrl }) => ({ reference: fullUrl })),
    conclusion: conclusionOf(rest),
    presentedForm: files.map(({ segment }) => attachmentOf(segment)),
  });
  return [{ fullUrl: urn(uuid('report', key)), resource: report }, ...specimens, ...observations];
}

function categoryOf(obr: Segment): 'laboratory' | 'imaging' | 'exam' {
  const section = obr.text(24).toUpperCase();
  if (/^(RAD|RUS|CT|NMR|MRI|NMS|XRC|CUS|IMG|VUS|RX)$/.test(section)) return 'imaging';
  return /^(EC|EN|PHY|OTH|CG|PF|TH)$/.test(section) ? 'exam' : 'laboratory';
}

/** The NTE right behind the OBR. */
function conclusionOf(rest: readonly Segment[]): string {
  const end = rest.findIndex(({ name }) => name !== 'NTE');
  return rest
    .slice(0, end < 0 ? rest.length : end)
    .map((nte) => nte.text(3))
    .filter(Boolean)
    .join('\n');
}

const isFile = (obx: Segment) => obx.text(2) === 'ED';

/** ED: application, type, subtype, encoding, data. Source: HL7 v2.5.1 2.A.24 */
export function attachmentOf(obx: Segment): object {
  const [type, subtype, encoding, data] = [2, 3, 4, 5].map((component) => obx.text(5, component));
  const kind = `${(type || 'application').toLowerCase()}/${(subtype || 'octet-stream').toLowerCase()}`;
  const title = obx.text(3, 2) || obx.text(3);
  return compact({
    contentType: kind === 'application/pdf' || type?.toUpperCase() !== 'PDF' ? kind : 'application/pdf',
    title,
    data: encoding === 'Base64' ? data : Buffer.from(data ?? '', 'utf8').toString('base64'),
  });
}
