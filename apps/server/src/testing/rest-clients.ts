import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { mrn } from '@yba/vietnam';
import { fhirClient, type Answer, type FhirClient, type Shown } from './fhir-client.ts';
import { startPlatform, type TestPlatform } from './platform.ts';

/** What the tests of a file speak to the REST API with; the platform behind it runs while they do. */
export type RestClients = {
  /** The software of one hospital, and of another. */
  client: FhirClient;
  other: FhirClient;
  /** The access token of the first. */
  token(): string;
  /** `http://localhost:<port>`. */
  url(): string;
  /** Creates a resource and gives what was answered. */
  created(resource: object): Promise<Shown>;
  /** Where a link of a page leads, from the FHIR base on. */
  linkOf(page: Answer, relation: string): string | undefined;
  nextOf(page: Answer): string | undefined;
};

/** Starts a platform before the tests of the file that calls it, and stops it after them. */
export function restClients(): RestClients {
  let server: TestPlatform;
  let token: string;
  const clients: FhirClient[] = [];
  before(async () => {
    server = await startPlatform();
    token = await server.facilityToken('01901', 'Bệnh viện Bạch Mai');
    const others = await server.facilityToken('79901', 'Bệnh viện Chợ Rẫy');
    clients.push(fhirClient(server.url, token), fhirClient(server.url, others));
  });
  after(() => server.stop());

  /** One of them, which is there once the platform runs. */
  const later = (which: number): FhirClient => ({
    get: (...asked) => clients[which]!.get(...asked),
    send: (...asked) => clients[which]!.send(...asked),
  });
  const client = later(0);
  const linkOf: RestClients['linkOf'] = ({ body }, name) =>
    (body['link'] as { relation: string; url: string }[])
      .find(({ relation }) => relation === name)
      ?.url.replace(`${server.url}/fhir`, '');
  return {
    client,
    other: later(1),
    token: () => token,
    url: () => server.url,
    async created(resource) {
      const { resourceType } = resource as { resourceType: string };
      const answer = await client.send('POST', `/${resourceType}`, resource);
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    },
    linkOf,
    nextOf: (page) => linkOf(page, 'next'),
  };
}

/** The first hospital's own numbers of patients, and one that nobody has yet. */
export const MRN = mrn('01901');
let serial = 0;
export const unused = (): string => `BN-${++serial}`;

export const aPatient = (over: object = {}) => ({
  resourceType: 'Patient',
  name: [{ text: 'Trần Văn Bình', family: 'Trần', given: ['Văn', 'Bình'] }],
  gender: 'male',
  birthDate: '1970-05-06',
  ...over,
});

export const aResult = (patient: string, over: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2026-11-20T08:00:00+07:00',
  valueQuantity: { value: 13.5, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
  ...over,
});

/** Status and code of an answer that refuses. */
export const fault = (answer: Answer) => [answer.status, answer.body.issue?.[0]?.code];

/** The resources of a page: what matches, or what else it holds. */
export const resources = ({ body }: Answer, mode = 'match') =>
  (body.entry ?? []).filter(({ search }) => (search?.mode ?? mode) === mode).map(({ resource }) => resource!);

export const form = { 'content-type': 'application/x-www-form-urlencoded' };
