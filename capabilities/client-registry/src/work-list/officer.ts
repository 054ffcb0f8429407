import { forbidden, invalid, notFound } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import { facilityNumber } from '@yba/repository';
import type { Repository } from '@yba/repository';

/** Who of a facility decides about identities. */
const DECIDERS = new Set(['identity-officer']);

/** The facility whose identities this caller keeps, as a number. Throws `forbidden` for everybody else. */
export function officerFacility({ caller }: Context): number {
  if (!caller.facility || !DECIDERS.has(caller.role))
    throw forbidden({
      en: 'Identities are compared and decided by the identity officers of a facility',
      vi: 'Cán bộ định danh của cơ sở mới so và quyết định hồ sơ trùng.',
    });
  return facilityNumber(caller.facility);
}

type Parameter = {
  name: string;
  valueReference?: { reference?: string };
  valueString?: string;
  valueCode?: string;
  valueInteger?: number;
  valueBoolean?: boolean;
};

/** The named parameter of a Parameters resource. */
export function parameter(body: Resource | undefined, name: string): Parameter | undefined {
  return ((body?.['parameter'] ?? []) as Parameter[]).find((each) => each.name === name);
}

/** The row behind a parameter that refers to a Patient. Throws `invalid` when it is missing, `not-found` when nobody knows it. */
export async function patientParameter(
  repository: Repository,
  body: Resource | undefined,
  name: string,
): Promise<{ patient: string; facility: number; id: string }> {
  const reference = parameter(body, name)?.valueReference?.reference;
  const id = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(reference ?? '')?.[1];
  if (!id)
    throw invalid(`Parameters.parameter.where(name='${name}')`, `Send “${name}” as a reference Patient/<id>`);
  const link = await repository.patient(id);
  if (!link) throw notFound(`Patient/${id}`);
  return { ...link, id };
}
