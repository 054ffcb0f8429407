import { createRateLimit, networkOf } from '@yba/http';
import { outcomeError } from '@yba/fhir';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Interaction } from 'oidc-provider';
import { findAccount, subjectOf } from '../accounts/accounts.ts';
import { memberships } from '../accounts/memberships.ts';
import { byPassword } from '../accounts/proof.ts';
import { checkPassword } from '../accounts/check-password.ts';
import { countAttempt } from '../accounts/attempts.ts';
import { newPassword } from '../account/new-password.ts';
import { takeRecoveryCode } from '../second-factor/recovery-codes.ts';
import { takeCode } from '../second-factor/totp.ts';
import { callersOf, logSecurity, nobody } from './security-log.ts';
import { interactionOf, type SignIn } from './sign-in.ts';
import { accountOf, goOn, isShort, stepOf, wantedOf, type Next } from './steps.ts';
import { say, sayLocked, type Phrase } from './words.ts';

/** Attempts from one address: enough for a hospital's shift behind one gateway, too few to guess with. */
const ATTEMPTS = { perMinute: 60, burst: 120 };

const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;
const bodyOf = <Members extends Record<string, object>>(properties: Members) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

type Http = { request: FastifyRequest; reply: FastifyReply };

/** The steps of a member of staff's sign-in, each answering what comes next. */
export function addStaffSignIn(app: FastifyInstance, signIn: SignIn): void {
  const { sql, passkeys } = signIn;
  const attempts = signIn.rateLimits?.('sign-in', ATTEMPTS) ?? createRateLimit(ATTEMPTS);

  const step = <Body>(
    name: string,
    body: Record<string, object>,
    missing: Phrase,
    take: (http: Http, interaction: Interaction, body: Body) => Promise<Next | object>,
  ) =>
    app.post(
      `/oauth/interaction/:uid/${name}`,
      { bodyLimit: 32_768, schema: { body: bodyOf(body) }, attachValidation: true },
      async (request, reply) => {
        const interaction = await interactionOf(signIn, request, reply);
        if (request.validationError)
          throw outcomeError('required', say(missing, request.headers['accept-language']));
        await attempts.take(networkOf(request.ip));
        return take({ request, reply }, interaction, request.body as Body);
      },
    );

  /** Logs a failure, and refuses. Not awaited: the time it takes would tell whether the name exists. */
  const refuse = (
    { request }: Http,
    interaction: Interaction,
    account: string | undefined,
    words: Phrase,
  ): never => {
    void logFailure(signIn, request.id, interaction.params.client_id ?? '', account).catch(signIn.onError);
    throw outcomeError('login', say(words, request.headers['accept-language']));
  };

  step<{ username: string; password: string }>(
    'password',
    { username: text(200), password: text(1000) },
    'incomplete',
    async (http, interaction, { username, password }) => {
      const { request } = http;
      const check = await checkPassword(
        sql,
        { username, password, address: request.ip },
        signIn.passwordCost,
      );
      if (check.refused === 'locked') throw tooMany(request, check.waitS);
      if (check.refused === 'wrong') return refuse(http, interaction, check.account?.id, 'wrong');
      return goOn(signIn, http, interaction, {
        account: check.account.id,
        methods: ['pwd'],
        proof: byPassword(check.account),
        short: isShort(password),
      });
    },
  );

  step<{ code: string }>('code', { code: text(100) }, 'wrongCode', async (http, interaction, { code }) => {
    const now = await stepOf(signIn, http, interaction);
    const { username } = await accountOf(signIn, http, now);
    const waitS = await countAttempt(sql, { username, address: http.request.ip });
    if (waitS > 0) throw tooMany(http.request, waitS);
    const right =
      (await takeCode(signIn, now.account, code)) || (await takeRecoveryCode(sql, now.account, code));
    if (!right) return refuse(http, interaction, now.account, 'wrongCode');
    return goOn(signIn, http, interaction, { ...now, methods: ['pwd', 'otp'] });
  });

  step<{ password: string }>(
    'new-password',
    { password: text(1000) },
    'passwordShort',
    async (http, interaction, { password }) => {
      const now = await stepOf(signIn, http, interaction);
      const account = await accountOf(signIn, http, now);
      const wanted = await wantedOf(signIn, account, now);
      let { proof } = now;
      // not before the second factor was shown, where there is one
      if (wanted && 'next' in wanted && wanted.next === 'password') {
        const language = http.request.headers['accept-language'];
        proof = byPassword(await newPassword(signIn, { account, password, language }));
        for (const caller of await callersOf(sql, account.id, interaction.params.client_id ?? ''))
          await logSecurity(signIn.ports, {
            requestId: http.request.id,
            caller,
            action: 'account',
            outcome: 'success',
            reason: 'Đặt mật khẩu mới',
          });
      }
      return goOn(signIn, http, interaction, { ...now, proof, short: false });
    },
  );

  step<{ facility: string }>(
    'facility',
    { facility: text(5) },
    'notYourFacility',
    async (http, interaction, { facility }) => {
      const now = await stepOf(signIn, http, interaction);
      const places = await memberships(sql, now.account);
      if (!places.some((place) => place.facility === facility))
        throw outcomeError(
          'value',
          say('notYourFacility', http.request.headers['accept-language']),
          'facility',
        );
      return goOn(signIn, http, interaction, { ...now, facility });
    },
  );

  step('passkey/options', {}, 'passkeyRefused', (_http, interaction) =>
    passkeys.beginProof(`sign-in ${interaction.uid}`),
  );

  step<{ response: AuthenticationResponseJSON }>(
    'passkey',
    { response: { type: 'object' } },
    'passkeyRefused',
    async (http, interaction, { response }) => {
      const account = await passkeys.prove(`sign-in ${interaction.uid}`, response);
      if (!account) return refuse(http, interaction, undefined, 'passkeyRefused');
      // the law lets citizens in by VNeID; a passkey of theirs opens what VNeID opened
      if ((await findAccount(sql, subjectOf(account)))?.role === 'citizen')
        return refuse(http, interaction, account, 'passkeyEnters');
      return goOn(signIn, http, interaction, { account, methods: ['hwk'], proof: { passkey: response.id } });
    },
  );
}

function tooMany(request: FastifyRequest, waitS: number) {
  return outcomeError('throttled', sayLocked(waitS, request.headers['accept-language']));
}

async function logFailure(
  { sql, ports }: SignIn,
  requestId: string,
  client: string,
  account: string | undefined,
): Promise<void> {
  const callers = account ? await callersOf(sql, account, client) : [];
  for (const caller of callers.length > 0 ? callers : [nobody(client)])
    await logSecurity(ports, { requestId, caller, action: 'sign-in', outcome: 'failed' });
}
