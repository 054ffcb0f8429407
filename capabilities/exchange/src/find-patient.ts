import type { Context, Resource } from '@yba/fhir';
import { parseJson } from '@yba/fhir';
import { facilitySource, INSURANCE, mrn, PERSON } from '@yba/vietnam';
import { finding, type Quarantined } from '@yba/vietnam/dossier';
import type { Desk } from './desk.ts';
import { type Identifier, samePerson } from './map/patient.ts';
import { token } from './token.ts';

/** Whose a visit is: the stored Patient if there is one, and what XML1 says without the numbers in dispute. */
export type FoundPatient = { stored?: Resource; said: Resource; disputed: Quarantined[] };

/**
 * The facility's Patient of this patient number; else the one that holds the same person or insurance number and is
 * the same person. A number that a different Patient of the facility holds is put aside: numbers are unique, and whose
 * it is is for a person to say.
 */
export async function findPatient(
  desk: Desk,
  context: Context,
  said: Resource,
  summary: Readonly<Record<string, string>>,
): Promise<FoundPatient> {
  const number = { system: mrn(context.caller.facility!), value: summary.MA_BN! };
  const identifiers = said.identifier as Identifier[];
  const shared = identifiers.filter(({ system }) => system === PERSON || system === INSURANCE);
  const own = await ownPatients(desk, context, [number, ...shared]);
  const stored = own.find((one) => holds(one, number)) ?? own.find((one) => samePerson(one, said));
  const others = own.filter((one) => one !== stored);
  const disputed = shared.filter((one) => others.some((other) => holds(other, one)));
  return {
    ...(stored ? { stored } : {}),
    said: { ...said, identifier: identifiers.filter((one) => !disputed.includes(one)) },
    disputed: disputed.map(({ system }) => inDispute(system === PERSON ? 'SO_CCCD' : 'MA_THE_BHYT', summary)),
  };
}

/** Patients of the facility itself: a search also finds those that others opened to it. */
async function ownPatients(
  { repository }: Desk,
  context: Context,
  identifiers: readonly Identifier[],
): Promise<Resource[]> {
  const identifier = identifiers.map(({ system, value }) => token(system!, value!)).join(',');
  const params = new URLSearchParams({ identifier });
  const { entries } = await repository.search(context, 'Patient', params, { handling: 'strict' });
  return entries
    .filter(({ mode, text }) => mode === 'match' && text)
    .map(({ text }) => parseJson(text!) as Resource)
    .filter(({ meta }) => meta?.source === facilitySource(context.caller.facility!));
}

const holds = (resource: Resource, { system, value }: Identifier): boolean =>
  ((resource.identifier ?? []) as Identifier[]).some((one) => one.system === system && one.value === value);

function inDispute(field: string, summary: Readonly<Record<string, string>>): Quarantined {
  const expected = {
    vi: 'một người bệnh khác của cơ sở đang mang số này',
    en: 'another patient of the facility holds this number',
  };
  return {
    ...finding('warning', 'person-number', { table: 'XML1', row: 1, field }, { expected }),
    raw: summary[field]!,
  };
}
