import { outcomeError } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { ClientRegistryOptions } from '../create-client-registry.ts';
import { refuseStrangers } from '../identity.ts';
import { answerFound, findPersons } from '../match.ts';
import { wholeCount } from '../page.ts';
import { WHO_IS_LIMIT } from '../who-is-limit.ts';

const KNOWN = new Set([
  'identifier', 'family', 'given', 'name', 'birthdate', 'gender', 'telecom', 'address', 'address-city', 'address-state',
  '_count', '_format',
]); // prettier-ignore

/**
 * PDQm by search parameters: `GET Patient/$pdqm?family=…&given=…&birthdate=…` asks the whole registry as ITI-78 does,
 * and answers identity alone, graded as `$match` is. A plain `GET Patient?…` stays what it is: one's own Patients.
 * Source: https://profiles.ihe.net/ITI/PDQm/ITI-78.html
 */
export function pdqmOperation(options: ClientRegistryOptions): Operation {
  return {
    code: 'pdqm',
    on: { type: 'Patient' },
    methods: ['GET'],
    limit: WHO_IS_LIMIT,
    async handle({ context, query }) {
      refuseStrangers(context);
      await options.decide(context, { action: 'read', types: ['Patient'], patients: [] });
      const asked = patientOf(query);
      const count = wholeCount(query, 10, 20);
      const found = (await findPersons(options.sql, asked)).slice(0, count);
      return { resource: await answerFound(options, context, found, 'Patient/$pdqm') };
    },
  };
}

/** What is asked for, as a Patient. Dates are exact or a year; modifiers say no more than the matcher knows. */
function patientOf(query: URLSearchParams): Resource {
  const asked = new Map<string, string>();
  for (const [key, value] of query) {
    const name = key.split(':')[0]!;
    if (!KNOWN.has(name))
      throw outcomeError(
        'not-supported',
        `Search by ${[...KNOWN].slice(0, 10).join(', ')}; ${name} is not known here`,
        name,
      );
    asked.set(name, [...(asked.has(name) ? [asked.get(name)!] : []), value].join(' '));
  }
  const get = (name: string) => asked.get(name)?.trim() || undefined;
  const text = get('name') ?? [get('family'), get('given')].filter(Boolean).join(' ');
  const [system, value] = (get('identifier') ?? '').split('|');
  const [birthDate, gender, phone] = [get('birthdate')?.replace(/^eq/, ''), get('gender'), get('telecom')];
  const address = { city: get('address-city'), state: get('address-state'), text: get('address') };
  return {
    resourceType: 'Patient',
    ...(text ? { name: [{ text }] } : {}),
    ...(value ? { identifier: [{ system, value }] } : {}),
    ...(birthDate ? { birthDate } : {}),
    ...(gender ? { gender } : {}),
    ...(phone ? { telecom: [{ system: 'phone', value: phone.split('|').at(-1) }] } : {}),
    ...(address.city || address.state || address.text ? { address: [address] } : {}),
  };
}
