import type { Message, Segment } from '../message.ts';
import {
  compact,
  concept,
  dateTime,
  type Identifier,
  practitioner,
  present,
  repetitions,
} from './data-types.ts';
import { observationOf } from './observation.ts';
import { orderGroups, orderNumbers, type OrderGroup, withNotes } from './order-groups.ts';
import type { Built, BuiltEntry, MapOptions, Systems } from './systems.ts';

export type Record = { entries: BuiltEntry[]; head: BuiltEntry; withdrawn: boolean };
export type Context = { subject: object; encounter: object | undefined; number: string };

const IDENTIFIER_TYPES = 'http://terminology.hl7.org/CodeSystem/v2-0203';

/** The identifiers of an order, the one that leads first. */
export function orderIdentifiers(
  { placer, filler }: { placer: string; filler: string },
  { local }: Systems,
  first: 'placer' | 'filler',
): Identifier[] {
  const make = (code: 'PLAC' | 'FILL', value: string): Identifier[] =>
    value
      ? [
          {
            type: { coding: [{ system: IDENTIFIER_TYPES, code }] },
            system: `${local}/order-${code === 'PLAC' ? 'placer' : 'filler'}`,
            value,
          },
        ]
      : [];
  const [one, other] = [make('PLAC', placer), make('FILL', filler)];
  return first === 'placer' ? [...one, ...other] : [...other, ...one];
}

/** ORM and OML as ServiceRequests with what supports them. Source: v2-to-FHIR OML_O21, ORM_O01 */
export function ordersOf(message: Message, context: Context, options: MapOptions): Record {
  const groups = orderGroups(message);
  const entries = groups.flatMap((group) => orderEntries(group, context, options));
  const controls = groups.map(({ orc }) => orc?.text(1).toUpperCase() ?? 'NW');
  return {
    entries,
    head: entries[0]!,
    withdrawn: controls.every((control) => /^(CA|DC|OC|CR)$/.test(control)),
  };
}

function orderEntries(group: OrderGroup, { subject, encounter }: Context, options: MapOptions): BuiltEntry[] {
  const { orc, obr, rest } = group;
  const { systems, uuid } = options;
  const numbers = orderNumbers(group);
  const key = numbers.placer || numbers.filler;
  const specimens = specimensOf(group, key, subject, options);
  const supporting = withNotes(rest, 'OBX').map(({ segment, notes }): BuiltEntry => ({
    fullUrl: urn(uuid('order-info', key, String(segment.sequence))),
    resource: observationOf(
      segment,
      notes,
      {
        subject,
        encounter,
        effective: dateTime(obr, 7) ?? dateTime(obr, 6),
        key: `order/${key}`,
        category: 'exam',
      },
      options,
    ),
  }));
  const control = orc?.text(1).toUpperCase() ?? 'NW';
  const request: Built = compact({
    resourceType: 'ServiceRequest',
    identifier: orderIdentifiers(numbers, systems, 'placer'),
    status: /^(CA|DC|OC|CR)$/.test(control) ? 'revoked' : orc?.text(5) === 'CM' ? 'completed' : 'active',
    intent: 'order',
    priority: priorityOf(obr, rest),
    code: concept(obr, 4, systems),
    subject,
    encounter,
    occurrenceDateTime: dateTime(obr, 36) ?? dateTime(obr, 6),
    authoredOn: orc && dateTime(orc, 9),
    requester: practitioner(obr, 16, systems) ?? (orc && practitioner(orc, 12, systems)),
    reasonCode: present([
      ...repetitions(obr, 31).map((repetition) => concept(obr, 31, systems, { repetition })),
      ...rest
        .filter(({ name }) => name === 'DG1')
        .map((dg1) => concept(dg1, 3, systems, { system: systems.icd10 })),
    ]),
    supportingInfo: supporting.map(({ fullUrl }) => ({ reference: fullUrl })),
    specimen: specimens.map(({ fullUrl }) => ({ reference: fullUrl })),
    note: notesOf(rest, obr),
  });
  return [{ fullUrl: urn(uuid('order', key)), resource: request }, ...specimens, ...supporting];
}

function priorityOf(obr: Segment, rest: readonly Segment[]): string | undefined {
  const code = (
    rest.find(({ name }) => name === 'TQ1')?.text(9) ||
    obr.text(27, 6) ||
    obr.text(5)
  ).toUpperCase();
  return { S: 'stat', A: 'asap', R: 'routine', P: 'urgent', T: 'urgent' }[code];
}

/** OBR-13 and the NTE right behind the OBR. */
function notesOf(rest: readonly Segment[], obr: Segment): object[] {
  const end = rest.findIndex(({ name }) => name !== 'NTE');
  const notes = rest.slice(0, end < 0 ? rest.length : end).map((nte) => nte.text(3));
  const text = [obr.text(13), ...notes].filter(Boolean).join('\n');
  return text ? [{ text }] : [];
}

/** SPM as Specimen; where there is none, OBR-15. Source: v2-to-FHIR SPM[Specimen] */
export function specimensOf(
  { obr, rest }: OrderGroup,
  key: string,
  subject: object,
  { systems, uuid }: MapOptions,
): BuiltEntry[] {
  const found = rest.filter(({ name }) => name === 'SPM');
  const built = found.map((spm, at): Built => {
    const value = spm.text(2) || `${key}/${at + 1}`;
    const collected = dateTime(spm, 17);
    return compact({
      resourceType: 'Specimen',
      identifier: [{ system: `${systems.local}/specimen`, value }],
      type: concept(spm, 4, systems),
      subject,
      receivedTime: dateTime(spm, 18),
      collection: compact({
        collectedDateTime: collected,
        bodySite: concept(spm, 8, systems),
        method: concept(spm, 7, systems),
      }),
    });
  });
  const type = found.length === 0 ? concept(obr, 15, systems) : undefined;
  if (type)
    built.push(
      compact({
        resourceType: 'Specimen',
        identifier: [{ system: `${systems.local}/specimen`, value: `${key}/1` }],
        type,
        subject,
        receivedTime: dateTime(obr, 14),
      }),
    );
  return built.map((resource, at) => ({ fullUrl: urn(uuid('specimen', key, String(at))), resource }));
}

export const urn = (uuid: string): string => `urn:uuid:${uuid}`;
