import { notFound, outcomeError, type Caller } from '@yba/fhir';
import { formLeadingTo } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Client, Interaction } from 'oidc-provider';
import { refused, signedIn, type AccountRoutes } from '../account/signed-in.ts';
import { covered } from '../oidc/scopes.ts';
import { findAccount, type Account } from '../accounts/accounts.ts';
import { doorOf, DOORS } from '../doors.ts';
import { sessionOfBrowser } from '../sessions/sign-in-sessions.ts';
import { callerOf, logSecurity } from '../sign-in/security-log.ts';
import { interactionOf } from '../sign-in/sign-in.ts';
import { languageOf, say, type Language } from '../sign-in/words.ts';
import { lastAgreement, withdrawApp } from './agreed-apps.ts';
import { chosenScopes, kindsOf, LATER } from './choices.ts';
import { openLaunch } from './launch-context.ts';
import { consentPage, pickerPage, type Asking } from './pages.ts';
import { readsInWords } from './words.ts';

type Form = Record<string, string | undefined>;

const LAUNCH_BODY = {
  type: 'object',
  required: ['client', 'patient'],
  properties: {
    client: { type: 'string', maxLength: 100 },
    patient: { type: 'string', maxLength: 64 },
    encounter: { type: 'string', maxLength: 64 },
  },
} as const;

/** Colours and sizes of the platform, for apps that want to look like it. Source: SMART App Launch 2, smart_style_url */
const SMART_STYLE = {
  color_background: '#F5F6F8',
  color_error: '#B3261E',
  color_highlight: '#2A4B9B',
  color_modal_backdrop: '',
  color_success: '#1B6E3C',
  color_text: '#14181F',
  dim_border_radius: '10px',
  dim_font_size: '16px',
  dim_spacing_size: '16px',
  font_family_body: "'Be Vietnam Pro', system-ui, sans-serif",
  font_family_heading: "'Be Vietnam Pro', system-ui, sans-serif",
};

/**
 * Launches of apps: the list for a chart and its launch, the page on which staff choose a patient, the page on which a
 * citizen consents. Source: https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html
 */
export function addLaunches(app: FastifyInstance, routes: AccountRoutes): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4096 },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
  app.get('/oauth/smart-style.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=3600').send(SMART_STYLE),
  );
  addChartLaunch(app, routes);
  addPicker(app, routes);
  addConsent(app, routes);
}

function addChartLaunch(app: FastifyInstance, routes: AccountRoutes): void {
  const { sql, artifacts, baseUrl } = routes;
  const staff = async (request: FastifyRequest) => {
    const person = await signedIn(routes, request);
    if (!person.caller.facility)
      throw await refused(routes, request, person.caller, 'Apps are opened from charts, by members of staff');
    return person;
  };

  app.get('/oauth/apps', async (request) => {
    const { caller } = await staff(request);
    const apps = await sql<{ id: string; name: string }[]>`
      select id, name from oauth_client
      where active and metadata ? 'launch_uri' and id not like 'book-%'
        and (facility is null or facility = ${facilityNumber(caller.facility!)})
      order by name, id`;
    return { apps };
  });

  app.post(
    '/oauth/launch',
    { bodyLimit: 4096, schema: { body: LAUNCH_BODY }, attachValidation: true },
    async (request) => {
      const { caller } = await staff(request);
      if (request.validationError) throw outcomeError('required', 'A launch names its client and patient');
      const { client, patient, encounter } = request.body as {
        client: string;
        patient: string;
        encounter?: string;
      };
      const found = await routes.provider.Client.find(client);
      const launchUri = found?.launch_uri as string | undefined;
      if (!launchUri || doorOf(client) !== 'clinic' || !isFor(found!, caller.facility))
        throw notFound(`app ${client}`);
      const row = await readable(routes, request, caller, patient);
      if (!row) throw notFound(`Patient/${patient}`);
      if (encounter && !(await routes.ports.encounter?.(caller, request.id, { id: encounter, patient })))
        throw notFound(`Encounter/${encounter}`);
      const launch = await openLaunch(artifacts, {
        client,
        subject: caller.subject,
        patient,
        row,
        ...(encounter ? { encounter } : {}),
      });
      const url = new URL(launchUri);
      url.searchParams.set('iss', `${baseUrl}/fhir`);
      url.searchParams.set('launch', launch);
      return { url: url.href };
    },
  );
}

/** The row of a Patient that the caller may read; undefined for any other. */
async function readable(
  { ports }: AccountRoutes,
  request: FastifyRequest,
  caller: Caller,
  id: string,
): Promise<string | undefined> {
  const [shown] = (await ports.patients?.(caller, request.id, { id })) ?? [];
  return shown && (await ports.patient(id))?.patient;
}

/** An app of a facility is for its own staff. */
const isFor = (client: Client, facility: string | undefined) =>
  client.facility === undefined || client.facility === facility;

function addPicker(app: FastifyInstance, routes: AccountRoutes): void {
  const path = '/oauth/interaction/:uid/patient';
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { interaction, client, caller }: UnderWay,
    gone = false,
  ) => {
    const { name = '' } = request.query as { name?: string };
    const people = (await routes.ports.patients?.(caller, request.id, name ? { name } : {})) ?? [];
    const page = pickerPage(
      { app: client.clientName ?? client.clientId, people, name, gone },
      pageLanguage(request),
    );
    return sendForm(reply, interaction, page);
  };

  app.get(path, async (request, reply) =>
    show(request, reply, await underWay(routes, request, reply, 'patient')),
  );

  app.post(path, async (request, reply) => {
    const here = await underWay(routes, request, reply, 'patient');
    const { patient = '' } = (request.body ?? {}) as Form;
    const row = await readable(routes, request, here.caller, patient);
    if (!row) return show(request, reply, here, true);
    const result = { launch: { patient, row }, consent: {} };
    return reply.redirect(await routes.provider.interactionResult(request.raw, reply.raw, result), 303);
  });
}

function addConsent(app: FastifyInstance, routes: AccountRoutes): void {
  const { sql, baseUrl, ports } = routes;
  const fhirBase = `${baseUrl}/fhir`;
  const path = '/oauth/interaction/:uid/consent';
  const nameOf = ({ client }: UnderWay) => client.clientName ?? client.clientId;
  const askedOf = ({ client, interaction }: UnderWay) =>
    covered(String(client.granted_scope ?? '').split(' '), String(interaction.params.scope ?? '').split(' '));
  const show = (
    request: FastifyRequest,
    reply: FastifyReply,
    here: UnderWay,
    isTicked: Asking['isTicked'],
    isEmpty = false,
  ) => {
    const asking = { app: nameOf(here), scopes: askedOf(here), isTicked, isEmpty };
    return sendForm(reply, here.interaction, consentPage(asking, pageLanguage(request)));
  };

  app.get(path, async (request, reply) => {
    const here = await underWay(routes, request, reply, 'consent');
    const about = { subject: here.caller.subject, client: here.client.clientId, fhirBase };
    const last = await lastAgreement(sql, about);
    const ticked = [
      ...kindsOf(askedOf(here)).filter(({ scopes }) => !scopes.some((one) => last?.leftOut.includes(one))),
      ...(LATER.scopes.some((one) => last?.given.includes(one)) ? [LATER] : []),
    ].map(({ name }) => name);
    return show(request, reply, here, (name) => ticked.includes(name));
  });

  app.post(path, async (request, reply) => {
    const here = await underWay(routes, request, reply, 'consent');
    const { client, caller } = here;
    const form = (request.body ?? {}) as Form;
    const isTicked = (name: string) => form[name] !== undefined;
    if (form['to'] !== undefined) return show(request, reply, here, isTicked);
    const agreed = form['answer'] === 'yes';
    const scopes = chosenScopes(askedOf(here), isTicked);
    if (agreed && !scopes) return show(request, reply, here, isTicked, true);
    if (agreed) {
      const leftOut = askedOf(here).filter((scope) => !scopes!.includes(scope));
      await withdrawApp(routes, caller.subject, client.clientId, { scopes: leftOut, fhirBase });
    }
    await logSecurity(ports, {
      requestId: request.id,
      caller,
      action: 'account',
      outcome: 'success',
      reason: agreed
        ? `Đã đồng ý cho ứng dụng ${nameOf(here)} đọc hồ sơ: ${readsInWords(scopes!, 'vi').join(', ')}`
        : `Không đồng ý cho ứng dụng ${nameOf(here)} đọc hồ sơ`,
    });
    const result = agreed
      ? { consent: { agreed: scopes! } }
      : { error: 'access_denied', error_description: 'the person did not agree' };
    return reply.redirect(await routes.provider.interactionResult(request.raw, reply.raw, result), 303);
  });
}

type UnderWay = { interaction: Interaction; client: Client; caller: Caller };

/** The sign-in under way that waits for this answer, with the app it is for and the person who signed in. Throws `expired`. */
async function underWay(
  routes: AccountRoutes,
  request: FastifyRequest,
  reply: FastifyReply,
  prompt: 'patient' | 'consent',
): Promise<UnderWay> {
  const interaction = await interactionOf(routes, request, reply);
  const { accountId, uid } = interaction.session ?? {};
  const client = await routes.provider.Client.find(interaction.params.client_id ?? '');
  const account = accountId && uid ? await accountOf(routes, accountId, uid) : undefined;
  if (!client || !account || interaction.prompt.name !== prompt)
    throw outcomeError('expired', say('stepOver', request.headers['accept-language']));
  const door = DOORS[doorOf(client.clientId)];
  const caller = { ...callerOf(account, door.client), scopes: door.scope.split(' ') };
  return { interaction, client, caller };
}

/** The language of a page: the one its form or address says, else the one the browser prefers. */
function pageLanguage(request: FastifyRequest): Language {
  const said = { ...(request.query as Form), ...((request.body ?? {}) as Form) };
  const language = said['to'] ?? said['language'];
  return language === 'en' || language === 'vi' ? language : languageOf(request.headers['accept-language']);
}

/** The account at the facility of its session in this browser. */
async function accountOf(
  { sql }: AccountRoutes,
  subject: string,
  browser: string,
): Promise<Account | undefined> {
  const session = await sessionOfBrowser(sql, browser);
  return session && findAccount(sql, subject, session.facility);
}

function sendForm(reply: FastifyReply, interaction: Interaction, page: string): FastifyReply {
  return reply
    .header('content-security-policy', formLeadingTo(interaction.params.redirect_uri!))
    .type('text/html; charset=utf-8')
    .send(page);
}
