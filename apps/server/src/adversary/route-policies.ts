import { PERSON } from '@yba/vietnam';
import { NUMBER, type Attempt, type Victim } from './world.ts';

/** What a route needs beyond its path to be tried in earnest. */
type Trial = Pick<Attempt, 'body' | 'headers'> & { query?: string };

/** Who gets past the door of a route; whose rows they then see is the policy's. */
export type RoutePolicy = {
  /** `policy`: `decide` judges by role, scope and type. Else the roles that may call it; every other gets 403. */
  roles: 'policy' | readonly string[];
  /** Why it is not tried: it names nothing of anybody else's. */
  own?: string;
  /** How it is tried with a method that it offers. */
  tried?: (victim: Victim) => Trial;
};

/** Addresses that anybody may ask, each with the reason. A new one is added here, or its test fails. */
export const PUBLIC_ROUTES: Readonly<Record<string, string>> = {
  '/health': 'a proxy asks whether the server lives; says nothing of its inside',
  '/metrics': 'for this machine, or with a token of its own: figures by route pattern, no person, no query',
  '/fhir/metadata': 'the CapabilityStatement; FHIR wants it public',
  '/fhir/.well-known/smart-configuration': 'discovery; SMART wants it public',
  '/.well-known/smart-configuration': 'discovery; SMART wants it public',
  '/.well-known/*': 'OpenID discovery; wants to be public',
  '/oauth/*': 'the authorization server: its endpoints check client, code and token themselves',
  '/oauth/authorize': 'a request for authorization as a form goes on as one by its address',
  '/oauth/end-session': 'so does one to sign out',
  '/oauth/interaction/:uid': 'a sign-in under way, bound to the browser by its cookie',
  '/oauth/interaction/:uid/password': 'where one proves who one is',
  '/oauth/interaction/:uid/code': 'a step of the same sign-in: a one-time code',
  '/oauth/interaction/:uid/new-password': 'a step of the same sign-in: a password that must be changed',
  '/oauth/interaction/:uid/facility': 'a step of the same sign-in: where one works today',
  '/oauth/interaction/:uid/passkey/options': 'a step of the same sign-in',
  '/oauth/interaction/:uid/passkey': 'a step of the same sign-in',
  '/oauth/interaction/:uid/patient': 'a step of the same sign-in: whose record an app is opened for',
  '/oauth/interaction/:uid/consent': 'a step of the same sign-in: what an app may see',
  '/oauth/enrol': 'an edge agent proves itself by a one-time code; guesses are limited by address',
  '/oauth/smart-style.json': 'colours for apps, the same for everybody',
  '/oauth/interaction/:uid/vneid': 'leaves for the national sign-in',
  '/oauth/vneid/callback': 'the way back from the national sign-in',
  '/oauth/interaction/:uid/vneid/return': 'the way back from the national sign-in',
  '/audit/keys': 'whoever checks the log needs its public keys',
  '/audit/sth': 'the signed head of the log: a size and a hash',
  '/audit/checkpoint': 'the signed head of the log: a size and a hash',
  '/audit/sth-consistency': 'hashes that prove that the log only grew',
  '/oauth/fonts/:file': 'typefaces of the sign-in page',
  '/vneid/*': 'the imitation of VNeID, in demonstration mode alone',
  '/vneid/style.css': 'the imitation of VNeID, in demonstration mode alone',
  '/vneid/sign-in/:uid': 'the imitation of VNeID, in demonstration mode alone',
  '/': 'the screens: the same page for everybody, without data',
  '/*': 'the screens: scripts, styles, typefaces',
  '/sign-in': 'the screens',
  '/check': 'the screens',
  '/link': 'the screens: opens a SMART Health Link with the key that is in its address alone',
  '/shl/:token': 'a SMART Health Link: its address of 256 bits and the passcode open an encrypted file',
  '/clinic': 'the screens',
  '/clinic/*': 'the screens',
  '/book': 'the screens',
  '/book/*': 'the screens',
  '/command': 'the screens',
  '/command/*': 'the screens',
};

const parameters = (...parameter: object[]): Trial => ({ body: { resourceType: 'Parameters', parameter } });
const form = (body: string): Trial => ({
  body,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const json = (body: object): Trial => ({ body, headers: { 'content-type': 'application/json' } });
const note = (victim: Victim) => ({
  resourceType: 'Observation',
  id: victim.Observation,
  status: 'final',
  code: { text: 'x' },
});
const IDENTITY_OFFICER = ['identity-officer'];
/** Everybody with an account: it is their own they ask about. */
const PEOPLE = [
  'doctor',
  'nurse',
  'receptionist',
  'identity-officer',
  'privacy-officer',
  'admin',
  'ministry',
  'citizen',
];
/** What is tried here is refused to all: another's session or passkey, a wrong password, a place one does not work at. */
const NOBODY_HERE: readonly string[] = [];
/** The authority's operators see all facilities' messages, without a person's data; an IT officer their own. */
const MESSAGE_OPERATORS = ['ministry', 'admin'];
const PRIVACY_OFFICER = ['privacy-officer'];
const REGISTRARS = ['identity-officer', 'receptionist', 'system'];

/** Every other address that is served, who may call it, and how it is tried. */
export const ROUTE_POLICIES: Readonly<Record<string, RoutePolicy>> = {
  '/live': { roles: 'policy', tried: ({ Patient }) => ({ query: `patient=Patient/${Patient}` }) },
  '/oauth/userinfo': { roles: 'policy', tried: () => form('x=1') },
  '/oauth/session': { roles: PEOPLE },
  '/oauth/session/active': { roles: PEOPLE },
  '/oauth/session/lock': { roles: PEOPLE, own: 'locks the very session that asks' },
  '/oauth/session/enter': { roles: NOBODY_HERE, tried: () => json({ password: 'sai mat khau nay' }) },
  '/oauth/session/enter/passkey/options': { roles: PEOPLE },
  '/oauth/session/enter/passkey': { roles: NOBODY_HERE, tried: () => json({ response: {} }) },
  '/oauth/session/facility': { roles: NOBODY_HERE, tried: () => json({ facility: '99901' }) },
  '/oauth/account': { roles: PEOPLE },
  '/oauth/account/password': {
    roles: NOBODY_HERE,
    tried: () => json({ current: 'sai mat khau nay', password: 'mot mat khau khac nua' }),
  },
  '/oauth/account/codes/begin': { roles: PEOPLE },
  '/oauth/account/codes/confirm': { roles: NOBODY_HERE, tried: () => json({ code: '000000' }) },
  '/oauth/account/codes/recovery': { roles: NOBODY_HERE },
  '/oauth/account/codes': { roles: PEOPLE },
  '/oauth/account/passkeys/options': { roles: PEOPLE },
  '/oauth/account/passkeys': { roles: NOBODY_HERE, tried: () => json({ name: 'x', response: {} }) },
  '/oauth/apps': {
    roles: ['doctor', 'nurse', 'receptionist', 'identity-officer', 'privacy-officer', 'admin'],
  },
  '/oauth/enrol/key': { roles: NOBODY_HERE, tried: () => json({ jwks: { keys: [] } }) },
  '/oauth/launch': {
    roles: NOBODY_HERE,
    tried: ({ Patient }) => json({ client: 'nobody', patient: Patient }),
  },
  '/oauth/accounts': { roles: ['admin', 'privacy-officer'], tried: () => json({ username: 'x' }) },
  '/oauth/accounts/:id': { roles: NOBODY_HERE },
  '/oauth/accounts/:id/unlock': { roles: NOBODY_HERE },
  '/oauth/accounts/:id/sessions': { roles: NOBODY_HERE },
  '/oauth/accounts/:id/reset': { roles: NOBODY_HERE },
  '/oauth/accounts/:id/licence': { roles: NOBODY_HERE },
  '/oauth/licences': { roles: ['ministry'] },
  '/oauth/licences/:id': { roles: NOBODY_HERE, tried: () => json({ licenceNumber: '1', words: 'tôi muốn' }) },
  '/oauth/policy/licences': {
    roles: ['ministry'],
    tried: () => json({ unrecorded: 'allowed', effective: '2001-01-01', words: 'tôi muốn' }),
  },
  '/oauth/account/passkeys/:id': { roles: NOBODY_HERE },
  '/oauth/account/sessions/:id': { roles: NOBODY_HERE },
  '/oauth/account/sessions': { roles: PEOPLE },
  '/oauth/account/apps': { roles: PEOPLE },
  '/oauth/account/apps/:client': { roles: NOBODY_HERE },
  '/fhir': { roles: 'policy', tried: () => ({ body: { resourceType: 'Bundle', type: 'batch' } }) },
  '/fhir/*': { roles: 'policy' },
  '/fhir/_search': { roles: 'policy', tried: ({ Patient }) => form(`_id=${Patient}`) },
  '/fhir/_history': { roles: 'policy' },
  '/fhir/:type': { roles: 'policy', tried: (victim) => ({ body: note(victim) }) },
  '/fhir/:type/_search': { roles: 'policy', tried: ({ Patient }) => form(`_id=${Patient}`) },
  '/fhir/:type/_history': { roles: 'policy' },
  '/fhir/:type/:id': { roles: 'policy', tried: (victim) => ({ body: note(victim) }) },
  '/fhir/:type/:id/_history': { roles: 'policy' },
  '/fhir/:type/:id/_history/:version': { roles: 'policy' },
  '/fhir/:type/:id/:inner': { roles: 'policy' },
  '/fhir/:type/:id/:inner/_search': { roles: 'policy', tried: () => form('code=GLU') },
  '/fhir/Binary': {
    roles: 'policy',
    tried: () => ({ body: { resourceType: 'Binary', contentType: 'text/plain' } }),
  },
  '/fhir/Binary/:id': { roles: 'policy' },
  '/fhir/Patient/:id/$everything': { roles: 'policy' },
  '/fhir/Encounter/:id/$everything': { roles: 'policy' },
  '/fhir/:type/$validate': { roles: 'policy', tried: (victim) => ({ body: note(victim) }) },
  '/fhir/:type/:id/$validate': { roles: 'policy', tried: (victim) => ({ body: note(victim) }) },
  '/fhir/:type/:id/$meta': { roles: 'policy' },
  '/fhir/:type/:id/$meta-add': { roles: 'policy', tried: () => labels() },
  '/fhir/:type/:id/$meta-delete': { roles: 'policy', tried: () => labels() },
  '/fhir/Observation/$lastn': {
    roles: 'policy',
    tried: ({ Patient }) => ({ query: `patient=Patient/${Patient}` }),
  },
  '/fhir/Patient/:id/$open': {
    roles: ['system', 'doctor', 'nurse', 'receptionist'],
    tried: () => parameters({ name: 'purpose', valueCoding: { code: 'HMARKT' } }),
  },
  '/fhir/AuditEvent/:id/$inclusion-proof': { roles: ['citizen', 'privacy-officer', 'admin'] },
  '/fhir/AuditEvent/$inclusion-proof': { roles: ['citizen', 'privacy-officer', 'admin'] },
  '/fhir/AuditEvent/:id/$request': {
    roles: ['citizen'],
    tried: () =>
      parameters({ name: 'kind', valueCode: 'ask' }, { name: 'text', valueString: 'Vì sao xem hồ sơ?' }),
  },
  '/fhir/AuditEvent/$requests': { roles: ['citizen', 'privacy-officer'] },
  '/fhir/Communication/:id/$answer': {
    roles: ['privacy-officer'],
    tried: () => parameters({ name: 'text', valueString: 'Theo lịch hẹn.' }),
  },
  '/fhir/Patient/$match': {
    roles: 'policy',
    tried: () =>
      parameters({ name: 'resource', resource: { resourceType: 'Patient', name: [{ text: 'Không ai' }] } }),
  },
  '/fhir/Patient/$pdqm': { roles: 'policy', tried: () => ({ query: 'family=Khongai&birthdate=1901-01-01' }) },
  '/fhir/Patient/$ihe-pix': {
    roles: 'policy',
    tried: () => ({ query: `sourceIdentifier=${PERSON}|${NUMBER}` }),
  },
  '/fhir/$process-message': {
    roles: ['system'],
    tried: () => ({ body: { resourceType: 'Bundle', type: 'message' } }),
  },
  '/fhir/$message-status': {
    roles: ['system'],
    tried: () => parameters({ name: 'identifier', valueString: 'a-message-of-the-victim' }),
  },
  '/fhir/$message-log': {
    roles: MESSAGE_OPERATORS,
    tried: () => parameters({ name: '_count', valueInteger: 200 }),
  },
  '/fhir/$message-details': { roles: NOBODY_HERE },
  '/fhir/$message-figures': { roles: MESSAGE_OPERATORS },
  '/fhir/$replay-messages': {
    roles: MESSAGE_OPERATORS,
    tried: () =>
      parameters(
        { name: 'state', valueCode: 'refused' },
        { name: 'facility', valueString: '01901' },
        { name: 'preview', valueBoolean: true },
      ),
  },
  '/fhir/Patient/:id/$why': { roles: 'policy' },
  '/fhir/Patient/:id/$copy': {
    roles: 'policy',
    tried: () => parameters({ name: 'reason', valueString: 'x y' }),
  },
  '/fhir/$security-file': { roles: ['ministry', 'admin', 'privacy-officer'] },
  '/fhir/$privacy-alerts': { roles: PRIVACY_OFFICER },
  '/fhir/$privacy-alert': { roles: NOBODY_HERE },
  '/fhir/$decide-alert': {
    roles: NOBODY_HERE,
    tried: () =>
      parameters(
        { name: 'alert', valueString: '00000000-0000-4000-8000-000000000000' },
        { name: 'decision', valueCode: 'handled' },
        { name: 'words', valueString: 'x y' },
      ),
  },
  '/fhir/$privacy-thresholds': { roles: PRIVACY_OFFICER },
  '/fhir/$set-privacy-threshold': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'rule', valueCode: 'vip' }),
  },
  '/fhir/$privacy-alert-counts': { roles: ['ministry'] },
  '/fhir/$emergency-openings': { roles: PRIVACY_OFFICER },
  '/fhir/$review-emergency': {
    roles: NOBODY_HERE,
    tried: () =>
      parameters(
        { name: 'opening', valueString: '00000000-0000-4000-8000-000000000000' },
        { name: 'verdict', valueCode: 'justified' },
        { name: 'words', valueString: 'x y z' },
      ),
  },
  '/fhir/Patient/:id/$share': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'hours', valueInteger: 1 }),
  },
  '/fhir/$redeem': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'code', valueString: '000000000000' }),
  },
  '/fhir/Patient/:id/$guardian': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'x', valueString: 'x' }),
  },
  '/fhir/Patient/:id/$departments': { roles: NOBODY_HERE },
  '/fhir/AuditEvent/$overdue-requests': { roles: ['ministry'] },
  '/fhir/$delegations': { roles: ['citizen'] },
  '/fhir/Patient/$unidentified': { roles: REGISTRARS },
  '/fhir/Patient/:id/$identify': {
    roles: REGISTRARS,
    tried: () => parameters({ name: 'identifier', valueIdentifier: { system: PERSON, value: NUMBER } }),
  },
  '/fhir/Patient/$identity-pairs': { roles: IDENTITY_OFFICER },
  '/fhir/Patient/$decide-identity': {
    roles: IDENTITY_OFFICER,
    tried: ({ Patient }) =>
      parameters(
        { name: 'decision', valueCode: 'link' },
        { name: 'patient', valueReference: { reference: `Patient/${Patient}` } },
        { name: 'patient', valueReference: { reference: `Patient/${Patient}` } },
        { name: 'reason', valueString: 'x y' },
      ),
  },
  '/fhir/Patient/$confirm-identity': { roles: IDENTITY_OFFICER, tried: () => decision() },
  '/fhir/Patient/$undo-identity': { roles: IDENTITY_OFFICER, tried: () => decision() },
  '/fhir/Patient/$identity-decisions': { roles: IDENTITY_OFFICER },
  '/fhir/Patient/:id/$linked': { roles: IDENTITY_OFFICER },
  '/fhir/$submit-xml': {
    roles: ['system', 'admin'],
    tried: () => ({ body: '<x/>', headers: { 'content-type': 'application/xml' } }),
  },
  '/fhir/$conform': {
    roles: ['system', 'admin', 'ministry'],
    tried: () => ({ body: '{"resourceType":"Patient"}', query: 'keep=false' }),
  },
  '/fhir/$conformance-results': { roles: ['system', 'admin', 'ministry'] },
  '/fhir/$retrieve-document': { roles: 'policy', tried: () => ({ query: 'document=x' }) },
  '/fhir/$quarantine': { roles: ['admin', 'system'] },
  '/fhir/Organization/$coordination-status': { roles: ['ministry'] },
  '/fhir/Patient/:id/$summary': { roles: 'policy' },
  '/fhir/Patient/:id/$health-link': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'passcode', valueString: 'mat ma nay' }),
  },
  '/fhir/Patient/:id/$health-links': { roles: NOBODY_HERE },
  '/fhir/Patient/:id/$revoke-health-link': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'link', valueString: '00000000-0000-4000-8000-000000000000' }),
  },
  '/fhir/ServiceRequest/$refer': {
    roles: ['doctor', 'system'],
    tried: ({ Patient }) =>
      parameters(
        { name: 'patient', valueReference: { reference: `Patient/${Patient}` } },
        { name: 'reason', valueString: 'x y' },
      ),
  },
  '/fhir/Appointment/$re-appoint': {
    roles: ['doctor', 'system'],
    tried: ({ Patient }) =>
      parameters({ name: 'patient', valueReference: { reference: `Patient/${Patient}` } }),
  },
  '/fhir/Task/:id/$advance': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'step', valueCode: 'accept' }),
  },
  '/fhir/Task/$referrals': { roles: ['doctor', 'nurse', 'receptionist', 'system'] },
  '/fhir/Task/$notices': { roles: ['doctor', 'nurse', 'citizen'] },
  '/fhir/Task/$read-notices': {
    roles: ['doctor', 'nurse', 'citizen'],
    tried: () => parameters({ name: 'upto', valueString: '1' }),
  },
  '/fhir/Patient/$push': { roles: ['citizen'] },
  '/fhir/Patient/$push-subscribe': {
    roles: ['citizen'],
    tried: () => parameters({ name: 'endpoint', valueUri: 'https://push.example/1' }),
  },
  '/fhir/Patient/$push-unsubscribe': {
    roles: ['citizen'],
    tried: () => parameters({ name: 'id', valueString: '1' }),
  },
  '/fhir/Organization/:id/$capacity': { roles: 'policy' },
  '/fhir/ServiceRequest/:id/$paper': { roles: 'policy' },
  '/fhir/Appointment/:id/$paper': { roles: 'policy' },
  '/hand-over/:id/:file': { roles: NOBODY_HERE },
  '/fhir/$onboardings': { roles: ['ministry', 'admin', 'system'] },
  '/fhir/$apply-onboarding': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'name', valueString: 'x' }),
  },
  '/fhir/$advance-onboarding': {
    roles: NOBODY_HERE,
    tried: () =>
      parameters(
        { name: 'id', valueString: '1' },
        { name: 'step', valueCode: 'go-live' },
        { name: 'why', valueString: 'x y' },
      ),
  },
  '/fhir/$onboarding-test': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'bundle', resource: { resourceType: 'Bundle', type: 'transaction' } }),
  },
  '/fhir/$onboarding-sample': { roles: NOBODY_HERE },
  '/fhir/$connectivity': { roles: ['ministry', 'admin', 'system'] },
  '/fhir/$hand-over': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'facility', valueCode: '99999' }, { name: 'why', valueString: 'x y' }),
  },
  '/fhir/$hand-overs': { roles: ['ministry'] },
  '/fhir/$find-in-directory': { roles: 'policy' },
  '/fhir/Organization/$directory-facility': { roles: 'policy' },
  '/fhir/Organization/$resolve-facility': { roles: 'policy' },
  '/fhir/Location/$resolve-place': { roles: 'policy' },
  '/fhir/Organization/$visit-report': { roles: ['ministry'] },
  '/fhir/Organization/$change-facility': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'code', valueCode: '99999' }, { name: 'kind', valueCode: 'closed' }),
  },
  '/fhir/Organization/$undo-facility-change': {
    roles: NOBODY_HERE,
    tried: () => parameters({ name: 'change', valueString: '1' }, { name: 'why', valueString: 'x y' }),
  },
};

const labels = () =>
  parameters({
    name: 'meta',
    valueMeta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] },
  });

const decision = () =>
  parameters({ name: 'decision', valueString: '1' }, { name: 'reason', valueString: 'x y' });
