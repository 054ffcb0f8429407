import { extension, foldName, PERSON } from '@yba/vietnam';
import { fhir } from '../../fhir/client.ts';
import type { Bundle, Parameters, Patient } from '../../fhir/types.ts';
import { identifierIn, nameWords } from '../record/resource-words.ts';
import type { FindQuery } from './query.ts';

/** One person found: identity only, how sure, whether the record is open to the caller, and what differs from the question. */
export type Found = {
  id: string;
  name: string;
  birthDate: string | undefined;
  gender: string | undefined;
  address: string;
  number: string | undefined;
  certain: boolean;
  open: boolean;
  differs: { name: ReadonlySet<number>; birthDate: boolean };
};

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';

/** Which words of `name` the question did not have. */
function otherWords(name: string, asked: string): ReadonlySet<number> {
  if (!asked) return new Set();
  const known = new Set(foldName(asked).split(' '));
  return new Set(name.split(/\s+/).flatMap((word, index) => (known.has(foldName(word)) ? [] : [index])));
}

function foundOf(patient: Patient, certain: boolean, open: boolean, query: FindQuery): Found {
  const name = nameWords(patient.name);
  const asked = query.patient.birthDate;
  const address = patient.address?.[0];
  return {
    id: patient.id ?? '',
    name,
    birthDate: patient.birthDate,
    gender: patient.gender,
    address:
      address?.text ??
      [...(address?.line ?? []), address?.district, address?.city, address?.state].filter(Boolean).join(', '),
    number: identifierIn(patient, PERSON),
    certain,
    open,
    differs: {
      name: otherWords(name, nameWords(query.patient.name)),
      birthDate:
        asked !== undefined && patient.birthDate !== undefined && !patient.birthDate.startsWith(asked),
    },
  };
}

/** Asks who this is: identity only, most likely first, with the time the answer took in ms. Throws FhirError. */
export async function findPersons(
  query: FindQuery,
  signal?: AbortSignal,
): Promise<{ found: Found[]; tookMs: number }> {
  const body: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'resource', resource: query.patient },
      { name: 'count', valueInteger: 12 },
    ],
  };
  const started = performance.now();
  const bundle = await fhir<Bundle>('Patient/$match', { method: 'POST', body, signal, reads: true });
  const tookMs = performance.now() - started;
  const number = query.patient.identifier?.[0]?.value;
  const found = (bundle.entry ?? []).flatMap((entry) => {
    if (entry.resource?.resourceType !== 'Patient') return [];
    const told = (url: string) =>
      entry.search?.extension?.find((one) => one.url === url) ??
      entry.resource?.extension?.find((one) => one.url === url);
    const open = told(extension('open-state'))?.valueCode === 'open';
    const same =
      number !== undefined && (entry.resource.identifier?.some((one) => one.value === number) ?? false);
    const certain = same || (number === undefined && told(GRADE)?.valueCode === 'certain');
    return [foundOf(entry.resource, certain, open, query)];
  });
  return { found: found.sort((a, b) => Number(b.certain) - Number(a.certain)), tookMs };
}

/** Opens the record behind a person's share code, and answers its id. Throws FhirError. */
export async function redeemShare(code: string): Promise<string> {
  const body: Parameters = { resourceType: 'Parameters', parameter: [{ name: 'code', valueString: code }] };
  const answer = await fhir<Parameters>('$redeem', { method: 'POST', body });
  const patient = answer.parameter?.find(({ name }) => name === 'patient')?.valueReference?.reference;
  return (patient ?? '').replace('Patient/', '');
}
