import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { KoaContext, Provider } from 'oidc-provider';

/** The longest form that is looked into; one that refreshes is far shorter. */
const FORM_BYTES = 8 * 1024;

/**
 * Lets an app that cannot keep a secret refresh without its `client_id`: the one it is taken for is whom the refresh token was given
 * to. RFC 6749 wants the id of such a client beside a code alone, and fhirclient, SMART's own library, sends none when it refreshes.
 * A client that has to prove who it is gains nothing by leaving its id out. Source: https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
export function nameRefreshingClients(provider: Provider): void {
  provider.use(async (context, next) => {
    if (namesNobody(context)) {
      const body = await textOf(context.req);
      putBack(context.req, (await named(provider, new URLSearchParams(body))) ?? body);
    }
    await next();
  });
}

/** A form of a length that it tells, at the token endpoint, without an authorization header. */
function namesNobody({ method, path, req: { headers } }: KoaContext): boolean {
  const length = Number(headers['content-length'] ?? Infinity);
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  return (
    method === 'POST' && path === '/oauth/token' && isForm && length <= FORM_BYTES && !headers.authorization
  );
}

/** The form with the id of the public client that holds its refresh token; undefined where it is to stay as it is. */
async function named(provider: Provider, form: URLSearchParams): Promise<string | undefined> {
  const refresh = form.get('refresh_token');
  if (form.get('grant_type') !== 'refresh_token' || !refresh) return undefined;
  if (form.has('client_id') || form.has('client_assertion')) return undefined;
  const token = await provider.RefreshToken.find(refresh);
  const client = token?.clientId && (await provider.Client.find(token.clientId));
  if (!client || client.clientAuthMethod !== 'none') return undefined;
  form.set('client_id', client.clientId);
  return form.toString();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The library reads the body of a request once more, from here. */
function putBack(request: IncomingMessage, body: string): void {
  const again = Readable.from([Buffer.from(body)]);
  request.headers['content-length'] = String(Buffer.byteLength(body));
  Object.defineProperties(request, {
    readable: { value: true },
    iterator: { value: () => again.iterator() },
  });
}
