import { createRateLimit } from '@yba/http';
import { outcomeError } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';
import { checkPassword } from '../accounts/check-password.ts';
import { doorOf } from '../doors.ts';
import { answerSignInError, wantsPage } from './error-page.ts';
import { callerOf, finish, interactionOf, type SignIn } from './sign-in.ts';
import { addVneid } from './vneid.ts';
import { say } from './words.ts';

const PASSWORD_BODY = {
  type: 'object',
  required: ['username', 'password'],
  properties: { username: { type: 'string', maxLength: 200 }, password: { type: 'string', maxLength: 1000 } },
} as const;

/** Password attempts from one address: enough for a hospital's shift behind one gateway, too few to guess with. */
const ATTEMPTS = { perMinute: 60, burst: 120 };

/** The JSON API behind the sign-in page, and the way to VNeID and back. */
export function addSignIn(app: FastifyInstance, signIn: SignIn): void {
  const attempts = signIn.rateLimits?.('sign-in', ATTEMPTS) ?? createRateLimit(ATTEMPTS);
  app.setErrorHandler(answerSignInError);
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });

  app.get('/oauth/interaction/:uid', async (request, reply) => {
    const interaction = await interactionOf(signIn, request, reply);
    if (!wantsPage(request)) return describe(signIn, interaction.params.client_id, interaction.uid);
    if (interaction.prompt.name !== 'consent') return reply.redirect(`/sign-in?uid=${interaction.uid}`, 303);
    const onward = await signIn.provider.interactionResult(request.raw, reply.raw, { consent: {} });
    return reply.redirect(onward, 303);
  });

  app.post(
    '/oauth/interaction/:uid/password',
    { bodyLimit: 8192, schema: { body: PASSWORD_BODY }, attachValidation: true },
    async (request, reply) => {
      const interaction = await interactionOf(signIn, request, reply);
      const language = request.headers['accept-language'];
      if (request.validationError) throw outcomeError('required', say('incomplete', language));
      await attempts.take(request.ip);
      const { username, password } = request.body as { username: string; password: string };
      const check = await checkPassword(signIn.sql, username, password);
      if (check.refused === undefined) {
        return { redirectTo: await finish(signIn, { request, reply }, interaction, check.account, 'pwd') };
      }
      if (check.account) {
        const caller = callerOf(check.account, interaction.params.client_id ?? '');
        const event = {
          at: new Date(),
          requestId: request.id,
          caller,
          action: 'sign-in',
          persons: [],
          outcome: 'failed',
        } as const;
        signIn.ports.audit.read(event).catch(signIn.onError); // not awaited: its time would tell that the name exists
      }
      throw outcomeError(check.refused === 'locked' ? 'throttled' : 'login', say(check.refused, language));
    },
  );

  addVneid(app, signIn);
}

async function describe(signIn: SignIn, client: string | undefined, uid: string) {
  return {
    uid,
    door: doorOf(client),
    demo: signIn.demo !== undefined,
    ...(signIn.demo ? { personas: await signIn.demo.personas() } : {}),
    ...(signIn.vneid
      ? {
          vneid: {
            url: `/oauth/interaction/${uid}/vneid`,
            label: signIn.vneid.label ?? 'VNeID',
            imitation: signIn.vneid.imitation,
          },
        }
      : {}),
  };
}
