import { forbidden, notFound, type AccessEvent, type Caller, type Context, type FeedEntry } from '@yba/fhir';
import type { Follow, LiveHub, LiveMessage, LiveTopics } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { Access } from '@yba/access';
import { facilityCode, type Repository } from '@yba/repository';

const chartTopic = (person: string) => `chart:${person}`;
const ownTopic = (patient: string) => `own:${patient}`;
const accessTopic = (person: string) => `access:${person}`;
const figuresTopic = 'figures';
/** Somebody asked a facility about a look, or was answered: which one is asked anew by each officer. */
const requestsTopic = 'requests';
const referralsTopic = (facility: string) => `referrals:${facility}`;
const alertsTopic = (facility: string) => `alerts:${facility}`;
const reviewsTopic = (facility: string) => `reviews:${facility}`;

/** Topics that every caller of a role follows without asking. */
function standing(caller: Caller): [string, LiveMessage][] {
  if (caller.role === 'citizen' && caller.person)
    return [[accessTopic(caller.person), { event: 'access', data: {} }]];
  if (caller.role === 'privacy-officer' && caller.facility)
    return [
      [alertsTopic(caller.facility), { event: 'alerts', data: {} }],
      [reviewsTopic(caller.facility), { event: 'reviews', data: {} }],
      [requestsTopic, { event: 'requests', data: {} }],
    ];
  if (['doctor', 'nurse', 'receptionist'].includes(caller.role) && caller.facility)
    return [[referralsTopic(caller.facility), { event: 'referrals', data: {} }]];
  if (caller.role === 'ministry') return [[figuresTopic, { event: 'figures', data: {} }]];
  return [];
}

/**
 * Which topics a caller may follow. A chart that is open to the caller moves with any record of the person; one that
 * is only the facility's own moves with the facility's own rows. Throws `not-found` for a chart that is neither, `forbidden` for
 * an app of others: a stream tells of more than the one patient it was opened for.
 */
export function followAs({
  decide,
  audit,
  repository,
  access,
}: {
  decide: Access['decide'];
  audit: { ports: { read(event: AccessEvent): Promise<void> } };
  repository: Pick<Repository, 'patient'>;
  access: Pick<Access, 'readsLogOf'>;
}): Follow {
  const refuse = async (
    { caller, requestId }: Context,
    target: string,
    persons: string[],
    again: boolean,
  ): Promise<never> => {
    if (again) throw notFound(target);
    const told = { at: new Date(), requestId, caller, target, persons, count: 0 };
    await audit.ports.read({ ...told, action: 'read', outcome: 'denied' });
    throw notFound(target);
  };
  const chart = async (
    context: Context,
    reference: string,
    again: boolean,
  ): Promise<[string, LiveMessage][]> => {
    const link = await repository.patient(reference.replace(/^Patient\//, ''));
    if (!link) return refuse(context, reference, [], again);
    const reach = await decide(context, {
      action: 'read',
      types: ['Patient'],
      patients: [link.patient],
      ...(again ? { probe: true } : {}),
    });
    // a stream cannot tell which of the Patients a scope leaves in: none is followed then
    if (reach.limits?.only?.['Patient']) return refuse(context, reference, [link.person], again);
    const message: LiveMessage = { event: 'chart', data: { patient: reference }, asked: true };
    if (reach.patients.includes(link.patient)) {
      const looks = await access.readsLogOf(context.caller, link.person);
      return [
        [chartTopic(link.person), message],
        ...(looks
          ? [[accessTopic(link.person), { event: 'access', data: {}, asked: true }] as [string, LiveMessage]]
          : []),
      ];
    }
    if (reach.facility === facilityCode(link.facility) && !reach.limits?.patients?.[link.patient]?.none)
      return [[ownTopic(link.patient), message]];
    return refuse(context, reference, [link.person], again);
  };
  return async (context, references, asking): Promise<LiveTopics> => {
    if (context.caller.launch)
      throw forbidden('Streams are for systems and our own screens, not for apps that people sign in to.');
    const again = asking?.again === true;
    const charts = await Promise.all(references.map((reference) => chart(context, reference, again)));
    return new Map([...standing(context.caller), ...charts.flat()]);
  };
}

/** The topics that moved with what the feed brought. */
export async function topicsOf(owner: Sql, entries: readonly FeedEntry[]): Promise<string[]> {
  const patients = [...new Set(entries.flatMap(({ patient }) => (patient ? [patient] : [])))];
  const persons = await owner<{ person: string }[]>`
    select distinct person from patient_link where patient = any(${patients}::uuid[])`;
  const asked = entries.some(({ type }) => type === 'Communication') ? [requestsTopic] : [];
  const referred = await partiesOf(
    owner,
    entries.flatMap(({ type, id }) => (type === 'Task' ? [`Task/${id}`] : [])),
  );
  return [
    ...persons.map(({ person }) => chartTopic(person)),
    ...patients.map(ownTopic),
    ...asked,
    ...referred.map(referralsTopic),
    figuresTopic,
  ];
}

/** The facilities that have a part in these referrals, as the subscriber before left it. */
async function partiesOf(owner: Sql, tasks: readonly string[]): Promise<string[]> {
  if (tasks.length === 0) return [];
  const rows = await owner<{ facility: number }[]>`
    select distinct facility from referral_party where task = any(${tasks as string[]})`;
  return rows.map(({ facility }) => facilityCode(facility));
}

/** Tells citizens who listen that somebody looked at their record. */
export function publishLooks(hub: LiveHub, persons: readonly string[]): void {
  hub.publish(persons.map(accessTopic));
}

/** Tells a facility's privacy officers who listen that a record was opened in an emergency, or reviewed. */
export function publishReviews(hub: LiveHub, facility: number): void {
  hub.publish([reviewsTopic(facilityCode(facility))]);
}

/** Tells whoever has a person's chart open that a source has answered late. */
export function publishLate(hub: LiveHub, person: string): void {
  hub.publish([chartTopic(person)]);
}

/** Tells a facility's privacy officers who listen that an alert was raised, grew, or was judged. */
export function publishAlerts(hub: LiveHub, facility: number): void {
  hub.publish([alertsTopic(facilityCode(facility))]);
}
