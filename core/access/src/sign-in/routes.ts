import type { FastifyInstance } from 'fastify';
import { doorOf, isScreen } from '../doors.ts';
import { answerSignInError, wantsPage } from './error-page.ts';
import { interactionOf, type SignIn } from './sign-in.ts';
import { addStaffSignIn } from './staff-routes.ts';
import { addVneid } from './vneid.ts';

/** The JSON API behind the sign-in page, and the way to VNeID and back. */
export function addSignIn(app: FastifyInstance, signIn: SignIn): void {
  app.setErrorHandler(answerSignInError);
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });

  app.get('/oauth/interaction/:uid', async (request, reply) => {
    const interaction = await interactionOf(signIn, request, reply);
    if (!wantsPage(request)) return describe(signIn, interaction.params.client_id, interaction.uid);
    const { name } = interaction.prompt;
    const asks = name === 'patient' || (name === 'consent' && isAskedOf(interaction.params.client_id));
    if (asks) return reply.redirect(`/oauth/interaction/${interaction.uid}/${name}`, 303);
    if (name !== 'consent') return reply.redirect(`/sign-in?uid=${interaction.uid}`, 303);
    const onward = await signIn.provider.interactionResult(request.raw, reply.raw, { consent: {} });
    return reply.redirect(onward, 303);
  });

  addStaffSignIn(app, signIn);
  addVneid(app, signIn);
}

/** A citizen is asked whether an app of others may read; for our own screens and staff the operator has agreed. */
const isAskedOf = (client = '') => doorOf(client) === 'book' && !isScreen(client);

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
