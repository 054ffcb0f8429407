import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Whether a request was meant for this machine by the name in its Host header: an address as such, `localhost`, the machine's own
 * name with or without a domain, or a name of the settings. A page on a name of somebody else's that was made to lead here (DNS
 * rebinding) says that name, and the browser holds what is here for the page's own. What says no name comes from no browser.
 */
export function isOwnHost({ headers }: Pick<IncomingMessage, 'headers'>, names: readonly string[]): boolean {
  if (headers.host === undefined) return true;
  const name = hostOf(headers.host);
  if (name === undefined) return false;
  const short = hostname().toLowerCase().split('.')[0]!;
  return (
    isIP(name.replace(/^\[|\]$/g, '')) !== 0 ||
    name === 'localhost' ||
    name === short ||
    name === hostname().toLowerCase() ||
    names.some((own) => own.toLowerCase() === name)
  );
}

/** The name or address of a Host header, in lower case, without port and last dot. */
function hostOf(header: string): string | undefined {
  if (!/^(?:\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d*)?$/i.test(header)) return undefined;
  return URL.parse(`http://${header}`)?.hostname.replace(/\.$/, '');
}
