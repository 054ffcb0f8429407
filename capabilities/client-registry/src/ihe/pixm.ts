import { OutcomeError, outcomeError } from '@yba/fhir';
import type { Context } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { INSURANCE, mrn, PERSON } from '@yba/vietnam';
import type { ClientRegistryOptions } from '../create-client-registry.ts';
import { refuseStrangers } from '../identity.ts';
import { WHO_IS_LIMIT } from '../who-is-limit.ts';

type Identifier = { system?: string; value?: string };

/**
 * PIXm: the other identifiers of a person. `GET Patient/$ihe-pix?sourceIdentifier=<system>|<value>[&targetSystem=…]`
 * answers Parameters with targetIdentifier and targetId. A facility sees its own numbers of the person and the person
 * and insurance numbers; another facility's only of persons open to it: where somebody was treated is no identity.
 * Source: https://profiles.ihe.net/ITI/PIXm/ITI-83.html
 */
export function pixmOperation(options: ClientRegistryOptions): Operation {
  return {
    code: 'ihe-pix',
    on: { type: 'Patient' },
    methods: ['GET'],
    limit: WHO_IS_LIMIT,
    definition: 'https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix',
    async handle({ context, query }) {
      refuseStrangers(context);
      await options.decide(context, { action: 'read', types: ['Patient'], patients: [] });
      const source = sourceOf(query.get('sourceIdentifier'));
      const targets = query.getAll('targetSystem').flatMap((text) => text.split(','));
      for (const target of targets) if (!isKnown(target)) throw unknownDomain('targetSystem', target);
      const person = await personOf(options.sql, source);
      const parameter = person ? await crossReferences(options, context, person, source, targets) : undefined;
      await options.audit.read({
        at: new Date(),
        requestId: context.requestId,
        caller: context.caller,
        action: 'match',
        target: 'Patient/$ihe-pix',
        persons: person ? [person] : [],
        count: parameter?.length ?? 0,
        outcome: person ? 'success' : 'failed',
      });
      if (!parameter) throw notKnown();
      return { resource: { resourceType: 'Parameters', parameter } };
    },
  };
}

/** Domains of identifiers that this registry cross-references. */
const isKnown = (system: string): boolean =>
  system === PERSON || system === INSURANCE || system.startsWith(mrn(''));

function sourceOf(text: string | null): { system: string; value: string } {
  const [system = '', value = ''] = (text ?? '').split('|');
  if (value === '')
    throw outcomeError('required', 'Send sourceIdentifier=<system>|<value>', 'sourceIdentifier');
  if (!isKnown(system)) throw unknownDomain('sourceIdentifier', system);
  return { system, value };
}

const unknownDomain = (parameter: string, system: string) =>
  outcomeError(
    'code-invalid',
    `${parameter} Assigning Authority not found: ${system}. Known are ${PERSON}, ${INSURANCE} and ${mrn('<facility>')}`,
    parameter,
  );

const notKnown = () =>
  new OutcomeError([
    { severity: 'error', code: 'not-found', diagnostics: 'sourceIdentifier Patient Identifier not found' },
  ]);

async function personOf(
  sql: Sql,
  { system, value }: { system: string; value: string },
): Promise<string | undefined> {
  const [row] = system.startsWith(mrn(''))
    ? await sql<{ person: string }[]>`
        select l.person from identifier i join patient_link l on l.patient = i.row_id
        where i.value = ${value} and i.system = ${system}`
    : await sql<{ person: string }[]>`
        select coalesce(r.root, i.person) as person
        from person_identifier i left join person_root r on r.person = i.person
        where i.active and i.value = ${value} and i.system = ${system}`;
  return row?.person;
}

async function crossReferences(
  { sql, repository, decide, fhirBase }: ClientRegistryOptions,
  context: Context,
  person: string,
  source: { system: string; value: string },
  targets: readonly string[],
): Promise<object[]> {
  const links = await sql<{ id: string; patient: string; facility: number }[]>`
    select coalesce(client_id, patient::text) as id, patient, facility from patient_link where person = ${person} order by since, patient`;
  const own = context.caller.facility ? facilityNumber(context.caller.facility) : -1;
  const reach = await decide(context, {
    action: 'read',
    types: ['Patient'],
    patients: links.map(({ patient }) => patient),
  });
  if (links.some(({ patient }) => reach.limits?.patients?.[patient]?.unfindable)) return [];
  const stored = await repository.current(
    links.map(({ id }) => `Patient/${id}`),
    ({ identifier = [] }) => identifier as Identifier[],
  );
  const seen = new Map<string, Identifier>();
  const ids: object[] = [];
  for (const link of links) {
    const isOpen =
      (link.facility === own && !reach.limits?.patients?.[link.patient]?.none) ||
      reach.patients.includes(link.patient);
    const identifiers = stored.get(`Patient/${link.id}`);
    if (!identifiers) continue;
    for (const { system, value } of identifiers) {
      if (!system || !value || (system === source.system && value === source.value)) continue;
      if (!isKnown(system) || (system.startsWith(mrn('')) && !isOpen)) continue;
      if (targets.length > 0 && !targets.includes(system)) continue;
      seen.set(`${system}|${value}`, { system, value });
    }
    if (isOpen && targets.length === 0)
      ids.push({ name: 'targetId', valueReference: { reference: `${fhirBase}/Patient/${link.id}` } });
  }
  return [
    ...[...seen.values()].map((valueIdentifier) => ({ name: 'targetIdentifier', valueIdentifier })),
    ...ids,
  ];
}
