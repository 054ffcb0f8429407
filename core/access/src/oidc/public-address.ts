import type { RawHandler } from '@yba/http';
import type { Provider } from 'oidc-provider';

/**
 * The provider's request handler, made to see every request as one to the issuer's public address: whatever Host
 * or forwarding headers a request brings, the addresses in its answers are the issuer's. An issuer with a path
 * (`https://yba.vn/vneid`) is served below that path.
 */
export function atPublicAddress(provider: Provider): RawHandler {
  const { host, protocol, pathname } = new URL(provider.issuer);
  const mount = pathname.replace(/\/$/, '');
  provider.proxy = protocol === 'https:';
  const handle = provider.callback();
  return (request, response) => {
    request.headers.host = host;
    delete request.headers['x-forwarded-host'];
    if (provider.proxy) request.headers['x-forwarded-proto'] = 'https';
    const url = request.url ?? '/';
    if (mount && url.startsWith(mount)) {
      Object.assign(request, { originalUrl: url, url: url.slice(mount.length) || '/' });
    }
    return handle(request, response);
  };
}
