import { Readable } from 'node:stream';
import type { Resource } from '@yba/fhir';
import { mrn } from '@yba/vietnam';
import { readDossier, readEnvelope } from '@yba/vietnam/dossier';

type Identifier = { system?: string; value?: string };

/** A person as the twin lists them. */
export type Person = {
  /** The hospital's own record number. */
  patient: string;
  name: string;
  birth: string;
  sex: string;
  /** Person, insurance and record numbers. */
  numbers: string[];
};

/** Who a Patient resource is to this facility; undefined without its record number or a name. */
export function personOf(patient: Resource, facility: string): Person | undefined {
  const identifiers = (patient['identifier'] ?? []) as Identifier[];
  const number = identifiers.find(({ system }) => system === mrn(facility))?.value;
  const [name] = (patient['name'] ?? []) as { text?: string; family?: string; given?: string[] }[];
  const text = name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join(' ');
  if (!number || !text) return undefined;
  return {
    patient: number,
    name: text,
    birth: (patient['birthDate'] as string | undefined) ?? '',
    sex: (patient['gender'] as string | undefined) ?? 'unknown',
    numbers: identifiers.flatMap(({ value }) => value ?? []),
  };
}

/** The people of a message's resources: Patients, and those of national dossiers in a Binary. */
export async function peopleIn(resources: readonly Resource[], facility: string): Promise<Person[]> {
  const people: Person[] = [];
  for (const resource of resources) {
    if (resource.resourceType === 'Patient') people.push(...[personOf(resource, facility) ?? []].flat());
    if (resource.resourceType === 'Binary')
      people.push(...(await peopleOfDossiers(Buffer.from(String(resource['data']), 'base64'))));
  }
  return people;
}

async function peopleOfDossiers(bytes: Buffer): Promise<Person[]> {
  const { dossiers } = await readEnvelope(Readable.from([bytes]));
  const people: Person[] = [];
  for (const raw of dossiers) {
    const { summary } = await readDossier(raw);
    if (!summary?.MA_BN || !summary.HO_TEN) continue;
    const { MA_BN, HO_TEN, NGAY_SINH = '', GIOI_TINH, SO_CCCD = '', MA_THE_BHYT = '' } = summary;
    people.push({
      patient: MA_BN,
      name: HO_TEN,
      birth: NGAY_SINH.replace(/^(\d{4})(\d{2})(\d{2}).*/, '$1-$2-$3'),
      sex: GIOI_TINH === '1' ? 'male' : GIOI_TINH === '2' ? 'female' : 'unknown',
      numbers: [MA_BN, SO_CCCD, ...MA_THE_BHYT.split(';')].filter(Boolean),
    });
  }
  return people;
}
