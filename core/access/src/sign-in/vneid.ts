import { forbidden, notSupported, OutcomeError } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';
import { citizenAccount } from '../accounts/accounts.ts';
import { doorOf } from '../doors.ts';
import { sendNotSignedIn } from './error-page.ts';
import { finish, interactionOf, type SignIn } from './sign-in.ts';
import { upstream } from './upstream.ts';
import { say } from './words.ts';

/** Seconds between leaving for VNeID and coming back. */
const AWAY_S = 15 * 60;

const CALLBACK = '/oauth/vneid/callback';

type Kept = { uid: string; state: string; nonce: string; verifier: string };

/**
 * The way to VNeID and back: away from the sign-in under way, back through one registered address, and on to that
 * sign-in, where the browser must show the cookie it left with.
 */
export function addVneid(app: FastifyInstance, signIn: SignIn): void {
  const { vneid } = signIn;
  const departures = signIn.artifacts.adapter('Departure');
  if (!vneid) {
    app.get('/oauth/interaction/:uid/vneid', async (request) => {
      throw notSupported(say('noVneid', request.headers['accept-language']));
    });
    return;
  }
  const national = upstream(vneid, `${signIn.baseUrl}${CALLBACK}`);

  app.get('/oauth/interaction/:uid/vneid', async (request, reply) => {
    const interaction = await interactionOf(signIn, request, reply);
    if (doorOf(interaction.params.client_id) !== 'book')
      throw forbidden(say('notStaff', request.headers['accept-language']));
    const { url, ...kept } = await national.depart();
    await departures.upsert(kept.state, { ...kept, uid: interaction.uid }, AWAY_S);
    return reply.redirect(url, 303);
  });

  app.get(CALLBACK, async (request, reply) => {
    const query = new URL(request.url, signIn.baseUrl).search;
    const kept = (await departures.find(new URLSearchParams(query).get('state') ?? '')) as Kept | undefined;
    return reply.redirect(
      kept ? `/oauth/interaction/${kept.uid}/vneid/return${query}` : `/oauth/interaction/gone/vneid/return`,
      303,
    );
  });

  app.get('/oauth/interaction/:uid/vneid/return', async (request, reply) => {
    try {
      const interaction = await interactionOf(signIn, request, reply);
      const { search, searchParams } = new URL(request.url, signIn.baseUrl);
      const kept = (await departures.find(searchParams.get('state') ?? '')) as Kept | undefined;
      if (!kept || kept.uid !== interaction.uid) throw new Error('no such departure');
      await departures.destroy(kept.state);
      const vouched = await national.arrive(new URL(CALLBACK + search, signIn.baseUrl), kept);
      const person = await signIn.ports.findPerson(vouched.number);
      const account = await citizenAccount(signIn.sql, {
        issuer: vneid.issuer,
        subject: vouched.subject,
        name: vouched.name,
        person,
        assurance: vouched.level,
      });
      return reply.redirect(
        await finish(signIn, { request, reply }, interaction, account, { methods: ['vneid'] }),
        303,
      );
    } catch (error) {
      signIn.onError(error);
      const refused = error instanceof OutcomeError && error.code === 'forbidden';
      const words = refused ? error.message : say('notVouched', request.headers['accept-language']);
      return sendNotSignedIn(reply.code(refused ? 403 : 400), request, words);
    }
  });
}
