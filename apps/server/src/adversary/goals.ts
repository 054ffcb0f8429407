import { maLk, mrn, PERSON } from '@yba/vietnam';
import { NUMBER, RECORD_NUMBER, VICTIM, type Attempt, type Victim } from './world.ts';

/** Something an attacker wants, and every way we know to try for it. */
export type Goal = {
  name: string;
  /** Attempts that may store something of the attacker's own, so that the same again is answered otherwise. */
  writes?: true;
  /** Each with the victim's real ids. */
  attempts(victim: Victim): readonly Attempt[];
};

const get = (path: string): Attempt => ({ method: 'GET', path });
const post = (path: string, body?: unknown, headers?: Record<string, string>): Attempt => ({
  method: 'POST',
  path,
  body,
  ...(headers ? { headers } : {}),
});

/** Types of the victim's own resources that are read by their id. */
const TYPES = ['Patient', 'Encounter', 'Observation', 'Condition', 'DocumentReference', 'Binary'] as const;

const recordsOf = (victim: Victim): string[] => [
  ...TYPES.map((type) => `${type}/${victim[type]}`),
  `Observation/${victim.sensitive}`,
];

/** Searches that would name the victim. */
const searchesOf = ({ Patient, Encounter, Observation, sensitive, Condition }: Victim): string[] => [
  `Observation?patient=Patient/${Patient}`,
  `Observation?subject=Patient/${Patient}`,
  `Observation?encounter=Encounter/${Encounter}`,
  `Observation?_id=${Observation},${sensitive}`,
  'Observation?code=GLU',
  'Observation?_lastUpdated=gt2020-01-01&_count=1000',
  'Observation?_security=HIV',
  'Observation?_source=https://yba.vn/fhir/facility/01901',
  `Condition?_id=${Condition}`,
  `Condition?patient=${Patient}`,
  `DocumentReference?patient=${Patient}`,
  `Encounter?patient=${Patient}`,
  `Patient?_id=${Patient}`,
  `Patient?identifier=${PERSON}|${NUMBER}`,
  `Patient?identifier=${mrn(VICTIM.facility)}|${RECORD_NUMBER}`,
  'Patient?name=Hoa',
  'Patient?phone=0912345678',
  'Patient?address:contains=Tan',
  'Patient?birthdate=1985-03-02',
  'Patient',
  `?_type=Patient,Observation&_lastUpdated=gt2020-01-01`,
  `?_id=${Patient},${Observation}`,
];

/** Ways from what one may see to what one may not. */
const SIDE_WAYS = (victim: Victim): string[] => [
  'Observation?_include=Observation:patient',
  'Observation?_include=*',
  'Organization?_revinclude=Patient:organization',
  'Organization?_has:Patient:organization:name=Hoa',
  'Practitioner?_has:Observation:performer:code=GLU',
  'Encounter?_revinclude=Observation:encounter',
  `Patient?_has:Observation:patient:code=GLU`,
  `Patient?_has:Observation:patient:_security=HIV`,
  'Observation?patient.name=Hoa',
  `Observation?patient.identifier=${PERSON}|${NUMBER}`,
  `Observation?subject:Patient.birthdate=1985-03-02`,
  'Observation?encounter.reason-code:text=rieng',
  `Patient/${victim.Patient}/Observation`,
  `Patient/${victim.Patient}/*`,
  `Patient/${victim.Patient}/Observation?code=GLU`,
];

/** Searches whose order, page, form or modifier would tell of what they do not show. */
const ORACLES_OF_SEARCH = ({
  Patient,
  Encounter,
  Observation,
  sensitive,
  DocumentReference,
}: Victim): string[] => [
  'Patient?_sort=birthdate&_count=1',
  'Patient?_sort=-name&_count=1&_elements=id',
  'Observation?_sort=-date&_count=1',
  'Observation?_sort=code&_summary=data',
  `Observation?_id:not=${Observation}`,
  `Observation?code:not=GLU`,
  `Observation?patient:missing=false&_count=0`,
  `Observation?patient:identifier=${PERSON}|${NUMBER}`,
  `Observation?subject:missing=true&_total=estimate`,
  `Observation?_filter=patient eq Patient/${Patient}`,
  `Observation?_query=all`,
  'Observation?_content=rieng',
  'Observation?_text=rieng',
  `Observation?_list=${Patient}`,
  `Observation?_contained=both&patient=Patient/${Patient}`,
  `Patient?_contained=true&_containedType=container`,
  `Observation?_include:iterate=Observation:patient&_include:iterate=Patient:organization`,
  `Encounter?_revinclude:iterate=Observation:encounter&_revinclude:iterate=Provenance:target`,
  `Organization?_revinclude=Encounter:service-provider&_revinclude:iterate=Observation:encounter`,
  `Organization?_revinclude=*`,
  `Practitioner?_revinclude=*&_count=1000`,
  `Location?_revinclude=Encounter:location`,
  `Organization?_has:Patient:organization:_has:Observation:patient:code=GLU`,
  `Practitioner?_has:Encounter:participant:subject.name=Hoa`,
  `Observation?encounter.subject.identifier=${PERSON}|${NUMBER}`,
  `Observation?subject:Patient.organization.name=Bach`,
  `Encounter?_id=${Encounter}&_elements=id&_summary=text`,
  `Provenance?target=Observation/${Observation}`,
  `List?item=Observation/${Observation}`,
  `Consent?patient=Patient/${Patient}`,
  `Task?patient=Patient/${Patient}`,
  `Communication?subject=Patient/${Patient}`,
  `RelatedPerson?patient=Patient/${Patient}`,
  `Appointment?patient=Patient/${Patient}`,
  `CareTeam?patient=Patient/${Patient}`,
  `Coverage?beneficiary=Patient/${Patient}`,
  `Composition?subject=Patient/${Patient}`,
  `Flag?patient=Patient/${Patient}`,
  `Binary?_id=${DocumentReference}`,
  `Patient?link=Patient/${Patient}`,
  `Patient?_id=${Patient}&_format=application/fhir%2Bxml`,
  `Observation?_id=${sensitive}&_security:not=HIV`,
  `Observation?_tag=x&_profile:missing=true&patient=Patient/${Patient}`,
  `Encounter/${Encounter}/Observation`,
  `Patient/${Patient}/Provenance?_summary=count`,
  `?_type=Patient,Observation,Encounter&_sort=-_lastUpdated&_count=1`,
];

const changed = (victim: Victim) => ({
  resourceType: 'Observation',
  id: victim.Observation,
  status: 'entered-in-error',
  code: { text: 'đổi' },
  subject: { reference: `Patient/${victim.Patient}` },
});

const bundle = (type: 'batch' | 'transaction', ...entry: object[]): object => ({
  resourceType: 'Bundle',
  type,
  entry,
});

const request = (method: string, url: string, more: object = {}) => ({ request: { method, url }, ...more });

/** SQL that would show more, wait, or fail loudly if any value met a query as text. */
const SQL = [
  "' or '1'='1",
  "'; select pg_sleep(5); --",
  "x') union select body from resource --",
  '$1',
  '\\',
  "''",
];

/** Everything that is tried. A new way in gets a line here; every attacker then tries it. */
export const GOALS: readonly Goal[] = [
  { name: 'read by id', attempts: (victim) => recordsOf(victim).map((path) => get(`/${path}`)) },
  {
    name: 'read an earlier version',
    attempts: (victim) => recordsOf(victim).map((path) => get(`/${path}/_history/1`)),
  },
  {
    name: 'history',
    attempts: (victim) => [
      ...recordsOf(victim).map((path) => get(`/${path}/_history`)),
      get('/Observation/_history'),
      get('/Patient/_history?_since=2020-01-01T00:00:00Z'),
      get('/_history'),
    ],
  },
  {
    name: 'search',
    attempts: (victim) => [
      ...searchesOf(victim).map((query) => get(`/${query}`)),
      post('/Observation/_search', `patient=Patient/${victim.Patient}`, {
        'content-type': 'application/x-www-form-urlencoded',
      }),
      post(`/Patient/${victim.Patient}/Observation/_search`, 'code=GLU', {
        'content-type': 'application/x-www-form-urlencoded',
      }),
    ],
  },
  {
    name: 'count',
    attempts: (victim) =>
      searchesOf(victim).flatMap((query) => [
        get(`/${query}${query.includes('?') ? '&' : '?'}_summary=count`),
        get(`/${query}${query.includes('?') ? '&' : '?'}_total=accurate&_count=1&_elements=id`),
      ]),
  },
  {
    name: 'include, chain, has, compartment',
    attempts: (victim) =>
      SIDE_WAYS(victim).flatMap((query) => [get(`/${query}`), get(`/${withCount(query)}`)]),
  },
  {
    name: '$everything',
    attempts: ({ Patient, Encounter }) => [
      get(`/Patient/${Patient}/$everything`),
      get(`/Patient/${Patient}/$everything?_type=Observation&_count=1`),
      post(`/Patient/${Patient}/$everything`),
      get(`/Encounter/${Encounter}/$everything`),
      get(`/Patient/${Patient}/%24everything`),
    ],
  },
  {
    name: '$lastn',
    attempts: ({ Patient }) => [
      get(`/Observation/$lastn?patient=Patient/${Patient}`),
      get(`/Observation/$lastn?subject=Patient/${Patient}&code=GLU&max=5`),
    ],
  },
  {
    name: 'tell by order, form or filter of a search',
    attempts: (victim) => ORACLES_OF_SEARCH(victim).map((query) => get(`/${query}`)),
  },
  {
    name: '$meta',
    attempts: (victim) =>
      [`Patient/${victim.Patient}`, `Observation/${victim.sensitive}`].map((path) => get(`/${path}/$meta`)),
  },
  {
    name: 'take a label of sensitivity away',
    writes: true,
    attempts: (victim) =>
      [`Patient/${victim.Patient}`, `Observation/${victim.sensitive}`].flatMap((path) => [
        post(`/${path}/$meta-delete`, metaOf('HIV')),
        post(`/${path}/$meta-add`, metaOf('R')),
      ]),
  },
  {
    name: 'probe for existence by conditions',
    writes: true,
    attempts: ({ Patient, Observation }) => [
      post('/Observation', aResult(), { 'if-none-exist': `_id=${Observation}` }),
      post('/Observation', aResult(), { 'if-none-exist': `patient=Patient/${Patient}` }),
      post('/Observation', aResult(), { 'if-none-exist': 'code=GLU' }),
      ...SQL.map((sql) =>
        post('/Observation', aResult(), { 'if-none-exist': `identifier=${encodeURIComponent(sql)}` }),
      ),
      { method: 'PUT', path: `/Observation?_id=${Observation}`, body: aResult() },
      { method: 'PUT', path: `/Observation?patient=Patient/${Patient}&code=GLU`, body: aResult() },
      {
        method: 'PATCH',
        path: `/Observation?_id=${Observation}`,
        body: [{ op: 'replace', path: '/status', value: 'entered-in-error' }],
        headers: { 'content-type': 'application/json-patch+json' },
      },
      { method: 'DELETE', path: `/Observation?patient=Patient/${Patient}` },
      { method: 'DELETE', path: `/Patient?identifier=${PERSON}|${NUMBER}` },
      get(`/Observation/${Observation}?_format=json`),
      { method: 'GET', path: `/Observation/${Observation}`, headers: { 'if-none-match': 'W/"1"' } },
      {
        method: 'GET',
        path: `/Observation/${Observation}`,
        headers: { 'if-modified-since': 'Sat, 01 Jan 2050 00:00:00 GMT' },
      },
      { method: 'HEAD', path: `/Observation/${Observation}` },
    ],
  },
  {
    name: 'change or delete',
    writes: true,
    attempts: (victim) => [
      { method: 'PUT', path: `/Observation/${victim.Observation}`, body: changed(victim) },
      {
        method: 'PUT',
        path: `/Observation/${victim.Observation}`,
        body: changed(victim),
        headers: { 'if-match': 'W/"1"' },
      },
      {
        method: 'PATCH',
        path: `/Observation/${victim.Observation}`,
        body: [{ op: 'replace', path: '/status', value: 'entered-in-error' }],
        headers: { 'content-type': 'application/json-patch+json' },
      },
      ...recordsOf(victim).map((path): Attempt => ({ method: 'DELETE', path: `/${path}` })),
    ],
  },
  {
    name: 'smuggle in a batch',
    attempts: (victim) => [
      post('', bundle('batch', ...recordsOf(victim).map((url) => request('GET', url)))),
      post('', bundle('batch', ...searchesOf(victim).map((url) => request('GET', url)))),
      post(
        '',
        bundle(
          'batch',
          request('GET', `http://localhost/fhir/Patient/${victim.Patient}`),
          request('GET', `/fhir/Patient/${victim.Patient}`),
          request('GET', `//evil.example/Patient/${victim.Patient}`),
          request('GET', `Organization/../Patient/${victim.Patient}`),
          request('GET', `Patient/${victim.Patient}/$everything`),
          request('POST', `Patient/${victim.Patient}/$meta`),
          request('GET', `Patient%2F${victim.Patient}`),
          request('GET', `Organization/..%2FPatient%2F${victim.Patient}`),
          request('GET', `%2e%2e/fhir/Patient/${victim.Patient}`),
          request('GET', `/../fhir/Patient/${victim.Patient}`),
          request('GET', `\\\\evil.example/Patient/${victim.Patient}`),
          request('GET', `Patient/${victim.Patient}#x`),
          request('GET', `Patient/${victim.Patient}%00`),
          request('GET', `https://yba.vn/fhir/Patient/${victim.Patient}`),
          request('GET', '../oauth/accounts'),
          request('GET', '../metrics'),
          request('GET', `Patient/$match?id=${victim.Patient}`),
          request('GET', `Patient/_search?_id=${victim.Patient}`),
          request('GET', `?_type=Patient&_id=${victim.Patient}`),
          request('GET', `?_id=${victim.Observation},${victim.Encounter}`),
          request('GET', `Patient/${victim.Patient}/$meta`),
          request('GET', `Patient/${victim.Patient}/$why`),
          request('GET', `Patient/${victim.Patient}/$validate`),
          request('GET', `Observation/${victim.Observation}/$validate`),
          request('GET', `Observation/$lastn?patient=Patient/${victim.Patient}`),
          request('POST', `Observation/$lastn?patient=Patient/${victim.Patient}`),
          request('GET', `Task/$referrals?patient=Patient/${victim.Patient}`),
          request('POST', `Patient/${victim.Patient}/$copy`, {
            resource: { resourceType: 'Parameters', parameter: [{ name: 'form', valueCode: 'print' }] },
          }),
        ),
      ),
    ],
  },
  {
    name: 'smuggle a change in a batch',
    writes: true,
    attempts: (victim) => [
      post(
        '',
        bundle(
          'batch',
          request('DELETE', `Observation/${victim.Observation}`),
          request('PUT', `Observation/${victim.Observation}`, { resource: changed(victim) }),
          request('DELETE', `Observation?_id=${victim.Observation}`),
          ...['$meta-add', '$meta-delete'].map((code) =>
            request('POST', `Observation/${victim.Observation}/${code}`, {
              resource: {
                resourceType: 'Parameters',
                parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'x', code: 'y' }] } }],
              },
            }),
          ),
        ),
      ),
    ],
  },
  {
    name: 'smuggle in a transaction',
    writes: true,
    attempts: (victim) => [
      post('', bundle('transaction', request('DELETE', `Observation/${victim.Observation}`))),
      post(
        '',
        bundle(
          'transaction',
          request('PUT', `Observation/${victim.Observation}`, { resource: changed(victim) }),
        ),
      ),
      // an address that says one thing and a body that says another
      post('', bundle('transaction', request('PUT', 'Observation/mine', { resource: changed(victim) }))),
      // a name in the bundle that is the address of somebody else's resource
      post(
        '',
        bundle(
          'transaction',
          request('POST', 'Observation', {
            fullUrl: `urn:uuid:${victim.Observation}`,
            resource: { ...aResult(), subject: { reference: 'Patient?name=Hoa' } },
          }),
        ),
      ),
      post(
        '',
        bundle('transaction', {
          ...request('POST', 'Observation', {
            resource: { ...aResult(), subject: { reference: `Patient?identifier=${PERSON}|${NUMBER}` } },
          }),
        }),
      ),
      post(
        '',
        bundle('transaction', {
          request: { method: 'POST', url: 'Observation', ifNoneExist: `_id=${victim.Observation}` },
          resource: aResult(),
        }),
      ),
      post('', bundle('transaction', request('GET', `Patient/${victim.Patient}`))),
    ],
  },
  {
    name: 'messages in another hospital’s name',
    writes: true,
    attempts: ({ Patient, Encounter }) => {
      const own = { identifier: [{ system: mrn('79901'), value: 'KT-1' }] };
      const stolen = { identifier: [{ system: mrn(VICTIM.facility), value: RECORD_NUMBER }] };
      const key = { system: maLk(VICTIM.facility), value: 'LK-4711' };
      const wanted = { focus: [{ reference: `Encounter/${Encounter}` }] };
      return [
        post('/$process-message', aMessage('visit', stolen)),
        post('/$process-message', aMessage('visit', own, [{ ...aVisit(), identifier: [key] }])),
        post('/$process-message', aMessage('visit', own, [{ ...aVisit(), id: Encounter }])),
        post(
          '/$process-message',
          aMessage('record', own, [{ ...aResult(), subject: { reference: `Patient/${Patient}` } }]),
        ),
        post('/$process-message', aMessage('retraction', own, [], wanted)),
        post(
          '/$process-message',
          aMessage('retraction', own, [], { focus: [{ type: 'Encounter', identifier: key }] }),
        ),
        post('/$process-message', aMessage('patient-identity', stolen)),
        get('/$message-status?identifier=a-message-of-the-victim'),
        get('/$message-status'),
      ];
    },
  },
  {
    name: 'open without a right to',
    attempts: ({ Patient }) => [
      post(`/Patient/${Patient}/$open`),
      post(`/Patient/${Patient}/$open`, {
        resourceType: 'Parameters',
        parameter: [{ name: 'purpose', valueCoding: { code: 'ETREAT' } }],
      }),
      post(`/Patient/${Patient}/$open`, {
        resourceType: 'Parameters',
        parameter: [{ name: 'purpose', valueCoding: { code: 'HMARKT' } }],
      }),
      post("/Patient/' or true --/$open", {
        resourceType: 'Parameters',
        parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
      }),
    ],
  },
  {
    name: 'the access log of others',
    attempts: ({ Patient, AuditEvent }) => [
      get(`/AuditEvent/${AuditEvent}`),
      post('', bundle('batch', request('GET', `AuditEvent/${AuditEvent}`))),
      get(`/AuditEvent?patient=Patient/${Patient}`),
      get(`/Patient/${Patient}/AuditEvent`),
      get(`/Patient/${Patient}/AuditEvent?_summary=count`),
      get(`/AuditEvent?entity=Patient/${Patient}&_total=accurate`),
    ],
  },
  {
    name: 'change the access log',
    writes: true,
    attempts: ({ AuditEvent }) => [
      post('/AuditEvent', { resourceType: 'AuditEvent', action: 'R' }),
      { method: 'DELETE', path: `/AuditEvent/${AuditEvent}` },
      {
        method: 'PUT',
        path: `/AuditEvent/${AuditEvent}`,
        body: { resourceType: 'AuditEvent', id: AuditEvent },
      },
    ],
  },
  {
    name: 'tell by conditions, patches and caches',
    attempts: ({ Patient, Observation, sensitive }) => [
      ...[Observation, sensitive].flatMap((id): Attempt[] => [
        ...['/status', '/code/text', '/nothing'].map((path): Attempt => ({
          method: 'PATCH',
          path: `/Observation/${id}`,
          body: [{ op: 'test', path, value: 'final' }],
          headers: { 'content-type': 'application/json-patch+json' },
        })),
        {
          method: 'PATCH',
          path: `/Observation/${id}`,
          body: [{ op: 'test', path: '/status', value: 'final' }],
          headers: { 'content-type': 'application/json-patch+json', 'if-match': 'W/"99"' },
        },
        {
          method: 'PATCH',
          path: `/Observation/${id}`,
          body: { resourceType: 'Parameters', parameter: [] },
          headers: { 'content-type': 'application/fhir+json' },
        },
        {
          method: 'PATCH',
          path: `/Observation?_id=${id}&status=final`,
          body: [{ op: 'test', path: '/status', value: 'final' }],
          headers: { 'content-type': 'application/json-patch+json' },
        },
        { method: 'DELETE', path: `/Observation/${id}`, headers: { 'if-match': 'W/"99"' } },
        { method: 'DELETE', path: `/Observation?_id=${id}&status=final` },
        { method: 'GET', path: `/Observation/${id}`, headers: { 'if-none-match': '*' } },
        { method: 'GET', path: `/Observation/${id}/_history/1`, headers: { 'if-none-match': 'W/"1"' } },
        { method: 'GET', path: `/Observation/${id}`, headers: { range: 'bytes=0-10' } },
        { method: 'HEAD', path: `/Observation?_id=${id}` },
      ]),
      {
        method: 'GET',
        path: `/Observation?patient=Patient/${Patient}`,
        headers: { 'if-none-match': 'W/"1"', 'if-modified-since': 'Sat, 01 Jan 2050 00:00:00 GMT' },
      },
      post(
        '',
        bundle(
          'batch',
          ...['ifMatch', 'ifNoneMatch'].map((name) => ({
            request: { method: 'GET', url: `Observation/${Observation}`, [name]: 'W/"1"' },
          })),
          {
            request: {
              method: 'GET',
              url: `Patient/${Patient}`,
              ifModifiedSince: '2050-01-01T00:00:00Z',
            },
          },
          request('HEAD', `Observation/${Observation}`),
          request('PATCH', `Observation/${Observation}`, {
            resource: { resourceType: 'Parameters', parameter: [] },
          }),
          request('GET', `Observation/${Observation}/_history/1?_elements=id`),
        ),
      ),
    ],
  },
  {
    name: 'operations beside the record',
    attempts: ({ Patient, Encounter, Observation, DocumentReference }) => [
      ...[
        '$summary',
        '$why',
        '$departments',
        '$docref',
        '$export',
        '$graph',
        '$graphql',
        '$health-cards-issue',
      ].map((operation) => get(`/Patient/${Patient}/${operation}`)),
      get(`/$graphql?query={Patient(id:"${Patient}"){name{family}}}`),
      post('/$graphql', { query: `{Patient(id:"${Patient}"){name{family}}}` }),
      get(`/Patient/$export`),
      get(`/$export?_type=Patient`),
      get(`/Group/${Patient}/$export`),
      get(`/DocumentReference/$docref?patient=Patient/${Patient}`),
      get(`/DocumentReference/${DocumentReference}/$document`),
      get(`/Composition/${Encounter}/$document`),
      get(`/Observation/${Observation}/$validate`),
      get(`/Observation/$stats?subject=Patient/${Patient}&code=GLU`),
      get(`/Patient/$merge?source=Patient/${Patient}`),
      get(`/ValueSet/$expand?url=Patient/${Patient}`),
      post('/Patient/$match', {
        resourceType: 'Parameters',
        parameter: [{ name: 'resource', resource: { resourceType: 'Patient', id: Patient } }],
      }),
    ],
  },
  {
    name: 'SQL in values, ids and headers',
    attempts: ({ Patient }) =>
      SQL.flatMap((sql) => {
        const value = encodeURIComponent(sql);
        return [
          get(`/Patient/${value}`),
          get(`/Patient/${Patient}${value}`),
          get(`/Patient?name=${value}`),
          get(`/Patient?identifier=${value}|${value}`),
          get(`/Observation?code:text=${value}`),
          get(`/Observation?_sort=${value}`),
          get(`/Observation?${value}=1`),
          get(`/Observation?_has:Observation:patient:${value}=1`),
          get(`/Observation?_page=${value}`),
          get(`/Observation?patient=Patient/${Patient}&_elements=${value}`),
          { method: 'GET', path: `/Patient/${Patient}`, headers: { 'if-none-match': sql, prefer: sql } },
        ];
      }),
  },
  {
    name: 'pass for another by what is written',
    writes: true,
    attempts: ({ Patient, Observation, Encounter }) => {
      const subject = { reference: `Patient/${Patient}` };
      const meta = {
        source: `https://yba.vn/fhir/facility/${VICTIM.facility}`,
        versionId: '99',
        lastUpdated: '1999-01-01T00:00:00Z',
        tag: [{ system: 'https://yba.vn/fhir/sid/facility', code: VICTIM.facility }],
      };
      const consent = (provision: object) => ({
        resourceType: 'Consent',
        status: 'active',
        scope: { coding: [{ code: 'patient-privacy' }] },
        category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
        policyRule: { coding: [{ code: 'OPTOUT' }] },
        patient: subject,
        provision,
      });
      return [
        post('/Observation', { ...aResult(), meta }),
        post('/Observation', { ...aResult(), subject }),
        post('/Observation', { ...aResult(), encounter: { reference: `Encounter/${Encounter}` } }),
        post('/CareTeam', { resourceType: 'CareTeam', status: 'active', subject }),
        post('/Encounter', { ...aVisit(), status: 'in-progress', subject }),
        post('/Person', { resourceType: 'Person', link: [{ target: subject, assurance: 'level4' }] }),
        post('/RelatedPerson', { resourceType: 'RelatedPerson', patient: subject }),
        ...['seealso', 'replaces', 'replaced-by', 'refer'].map((type) =>
          post('/Patient', {
            resourceType: 'Patient',
            name: [{ text: 'Ai đó' }],
            link: [{ other: subject, type }],
          }),
        ),
        post('/Provenance', {
          resourceType: 'Provenance',
          target: [{ reference: `Observation/${Observation}` }],
          recorded: '2026-01-01T00:00:00Z',
          agent: [{ who: { display: 'Người của bệnh viện khác' } }],
        }),
        post('/Consent', consent({ type: 'deny' })),
        post('/Consent', consent({ type: 'permit', actor: [{ role: { coding: [{ code: 'DELEGATEE' }] } }] })),
        post(
          '',
          bundle('transaction', {
            ...request('POST', 'Observation', { resource: { ...aResult(), meta, subject } }),
          }),
        ),
      ];
    },
  },
];

const withCount = (query: string) => `${query}${query.includes('?') ? '&' : '?'}_summary=count`;

const metaOf = (code: string) => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'meta',
      valueMeta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code }] },
    },
  ],
});

/** A message that names this Patient. */
const aMessage = (code: string, patient: object, more: object[] = [], header: object = {}) => ({
  resourceType: 'Bundle',
  type: 'message',
  identifier: { value: `forged-${code}-${JSON.stringify([patient, more.length, header]).length}` },
  entry: [
    {
      resource: {
        resourceType: 'MessageHeader',
        eventCoding: { system: 'https://yba.vn/fhir/CodeSystem/message-event', code },
        source: { endpoint: 'https://elsewhere.example' },
        ...header,
      },
    },
    {
      fullUrl: 'urn:uuid:11111111-1111-4111-8111-111111111111',
      resource: { resourceType: 'Patient', ...patient },
    },
    ...more.map((resource) => ({ resource })),
  ],
});

const aVisit = () => ({
  resourceType: 'Encounter',
  status: 'entered-in-error',
  class: { code: 'AMB' },
  subject: { reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' },
});

/** A result of the attacker's own, about nobody. */
const aResult = () => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' } });

/** What a request itself holds of the victim: an answer may say it back. */
export function saidBy({ path, body, headers }: Attempt): string {
  return `${decodeURIComponent(path.replace(/%(?![0-9A-F]{2})/g, '%25'))} ${JSON.stringify(body ?? '')} ${JSON.stringify(headers ?? {})}`;
}
