import {
  artifacts,
  atPublicAddress,
  currentKeys,
  endOtherSession,
  verifyingKeys,
  type Artifacts,
  type ProviderKeys,
} from '@yba/access';
import { mountRaw } from '@yba/http';
import type { SecretSeal, Sql } from '@yba/postgres';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Provider, type KoaContext } from 'oidc-provider';
import { citizenByPassword, citizenBySubject, listCitizens, type KnownCitizen } from './citizens.ts';
import { messagePage, signInPage, STYLE } from './page.ts';

/** Most citizens shown to choose from. */
const LISTED = 24;

const SESSION_S = 15 * 60;

export type ImitationOptions = {
  /** `https://…/vneid`. */
  issuer: string;
  sql: Sql;
  secrets: SecretSeal;
  /** The one client: this platform's own citizen door. */
  client: { id: string; secret: string; redirectUri: string };
};

/**
 * An OpenID provider that stands in for VNeID in rehearsals. It says what the national sign-in was seen to say:
 * TechID, SoDinhDanh, HoVaTen, NgayThangNamSinh, LoaiTaiKhoan, and the level of the account (MucTaiKhoan). It remembers nobody: each sign-in asks again.
 */
export async function imitation({
  issuer,
  sql,
  secrets,
  client,
}: ImitationOptions): Promise<(app: FastifyInstance) => void> {
  const store = artifacts(sql, 'vneid');
  const keys = await currentKeys(sql, secrets, (newer) => (served = serve(newer)), 'vneid');
  await keys.follow(() => {}); // until the connection of the database ends
  let served = serve(keys.now());
  return (app) => {
    app.get('/vneid/style.css', async (_request, reply) =>
      reply.type('text/css').header('cache-control', 'max-age=3600').send(STYLE),
    );
    addSignInPage(app, () => served.provider, store, sql);
    mountRaw(app, '/vneid', (request, response) => {
      request.url = withLoginPrompt(request.url ?? '');
      return served.handler(request, response);
    });
  };

  function serve(inForce: ProviderKeys) {
    const provider = vneidProvider({ issuer, client, sql, store, keys: inForce });
    return { provider, handler: atPublicAddress(provider) };
  }
}

type ProviderOptions = Pick<ImitationOptions, 'issuer' | 'client' | 'sql'> & {
  store: Artifacts;
  keys: ProviderKeys;
};

function vneidProvider({ issuer, client, sql, store, keys }: ProviderOptions): Provider {
  const provider: Provider = new Provider(issuer, {
    adapter: (model: string) => store.adapter(model),
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        client_name: 'Y Bạ',
        redirect_uris: [client.redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: verifyingKeys(keys) },
    cookies: {
      names: { session: 'vneid_session', interaction: 'vneid_interaction', resume: 'vneid_resume' },
      keys: keys.cookies,
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: '/vneid' },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    routes: { authorization: '/auth', token: '/token', jwks: '/certs', userinfo: '/userinfo' },
    claims: {
      openid: ['sub', 'TechID', 'SoDinhDanh', 'HoVaTen', 'NgayThangNamSinh', 'LoaiTaiKhoan', 'MucTaiKhoan'],
    },
    conformIdTokenClaims: false,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256'],
      requestObjectSigningAlgValues: ['ES256'],
      clientAuthSigningAlgValues: ['ES256'],
    },
    responseTypes: ['code'],
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      claimsParameter: { enabled: false },
      rpInitiatedLogout: { enabled: false },
    },
    ttl: {
      AuthorizationCode: 60,
      AccessToken: 300,
      IdToken: 300,
      Interaction: SESSION_S,
      Session: SESSION_S,
      Grant: SESSION_S,
    },
    interactions: { url: (_context: KoaContext, { uid }: { uid: string }) => `/vneid/sign-in/${uid}` },
    loadExistingGrant: async ({ oidc }: KoaContext) => {
      const grant = new provider.Grant({
        accountId: oidc.session.accountId!,
        clientId: oidc.client.clientId,
      });
      grant.addOIDCScope('openid');
      await grant.save(SESSION_S);
      return grant;
    },
    findAccount: async (_context: KoaContext, subject: string) => {
      const citizen = await citizenBySubject(sql, subject);
      return citizen && { accountId: subject, claims: () => claimsOf(citizen) };
    },
    renderError: (context: KoaContext) => {
      context.type = 'html';
      context.body = messagePage(
        'Chưa đăng nhập được',
        'Yêu cầu đăng nhập không còn dùng được. Hãy quay lại và thử lại.',
      );
    },
  });

  return provider;
}

function addSignInPage(app: FastifyInstance, current: () => Provider, store: Artifacts, sql: Sql): void {
  const html = (reply: FastifyReply, text: string) =>
    reply.type('text/html').header('cache-control', 'no-store').send(text);
  const interactionOf = async (request: FastifyRequest, reply: FastifyReply) => {
    const interaction = await current()
      .interactionDetails(request.raw, reply.raw)
      .catch(() => undefined);
    return interaction?.uid === (request.params as { uid: string }).uid ? interaction : undefined;
  };
  const expired = (reply: FastifyReply) =>
    html(reply.code(400), messagePage('Phiên đã hết hạn', 'Hãy quay lại sổ sức khỏe và đăng nhập lại.'));

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 8192 },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  );
  app.get('/vneid/sign-in/:uid', async (request, reply) => {
    const interaction = await interactionOf(request, reply);
    return interaction
      ? html(reply, signInPage(interaction.uid, await listCitizens(sql, LISTED)))
      : expired(reply);
  });
  app.post('/vneid/sign-in/:uid', async (request, reply) => {
    const interaction = await interactionOf(request, reply);
    if (!interaction) return expired(reply);
    const citizen = await citizenOf(sql, request.body as URLSearchParams);
    if (!citizen) {
      const list = await listCitizens(sql, LISTED);
      return html(
        reply.code(401),
        signInPage(
          interaction.uid,
          list,
          'Số định danh hoặc mật khẩu không đúng. Hãy thử lại hoặc chọn trong danh sách.',
        ),
      );
    }
    await endOtherSession({ provider: current(), artifacts: store }, interaction, citizen.subject);
    const login = { accountId: citizen.subject, remember: false };
    return reply.redirect(
      await current().interactionResult(request.raw, reply.raw, { login, consent: {} }),
      303,
    );
  });
}

/** A citizen chosen from the list, or known by number and password. */
async function citizenOf(sql: Sql, form: URLSearchParams): Promise<KnownCitizen | undefined> {
  const chosen = form.get('choose');
  if (chosen !== null)
    return (await listCitizens(sql, LISTED)).find(({ national_id }) => national_id === chosen);
  return citizenByPassword(sql, form.get('number') ?? '', form.get('password') ?? '');
}

/** Each sign-in asks who it is, as VNeID does; nobody stays signed in at the imitation. */
function withLoginPrompt(url: string): string {
  return url.startsWith('/vneid/auth?') && !url.includes('prompt=') ? `${url}&prompt=login` : url;
}

function claimsOf({ subject, national_id, name, birth_date, level }: KnownCitizen): Record<string, unknown> {
  return {
    sub: subject,
    TechID: subject,
    SoDinhDanh: national_id,
    HoVaTen: name,
    NgayThangNamSinh: birth_date.replaceAll('-', ''),
    LoaiTaiKhoan: '1',
    MucTaiKhoan: String(level),
  };
}
