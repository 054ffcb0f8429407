import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** What a request that leaves for an address somebody else named may do. */
export type GuardOptions = {
  /** Ranges (`10.1.0.0/16`) that may be reached though they are not public: a hospital's own network. */
  allow?: readonly string[];
  /** Most bytes of an answer; 256 KiB unless told. */
  maxBytes?: number;
  /** How long the whole exchange may take, in ms; 5,000 unless told. */
  timeoutMs?: number;
  /** The name service; the system's unless given. */
  resolve?: typeof resolveName;
};

/** What is asked: as `fetch` takes it, as far as it is needed here. */
export type GuardedRequest = {
  method?: string;
  headers?: ConstructorParameters<typeof Headers>[0];
  body?: string | URLSearchParams | Uint8Array | null;
  signal?: AbortSignal | null;
};

export type GuardedFetch = (url: string | URL, request?: GuardedRequest) => Promise<Response>;

/** A request that the guard does not let out, or whose answer it does not take. The text names no address it found. */
export class GuardError extends Error {}

/**
 * Addresses that are no public host: this machine, private networks, link-local (with the metadata services of clouds),
 * shared, documentation, multicast, reserved, and the ways of IPv6 to write an IPv4 address.
 * Sources: https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry,
 * https://www.iana.org/assignments/ipv6-address-space
 */
const SPECIAL = blockList([
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24',
  '192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3',
  '::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20',
  // what lies outside 2000::/3 is nobody's public address; of ::/8 by parts, for a BlockList finds all of IPv4 in it
  '100::/8 200::/7 400::/6 800::/5 1000::/4 4000::/2 8000::/1',
]);

const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;

/**
 * Makes a `fetch` for addresses that others name (key sets, subscription endpoints), so that they cannot have this server
 * speak to its own network: https alone, no user name, a public address, checked on the very address that is connected
 * to and not on an earlier answer of the name service; redirects are not followed, answers are limited in size and time.
 * Plain http goes to allowed ranges alone. Throws GuardError.
 * Source: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function guardedFetch({
  allow = [],
  maxBytes = MAX_BYTES,
  timeoutMs = TIMEOUT_MS,
  resolve = resolveName,
}: GuardOptions = {}): GuardedFetch {
  const allowed = blockList(allow);
  return async (address, given = {}) => {
    const url = URL.parse(String(address));
    if (!url || !/^https?:$/.test(url.protocol)) throw new GuardError('Only https:// addresses are called.');
    if (url.username || url.password) throw new GuardError('An address that is called names no user.');
    const isPlain = url.protocol === 'http:';
    const mayReach = (ip: string) => contains(allowed, ip) || (!isPlain && !contains(SPECIAL, ip));
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) && !mayReach(host)) throw refused(isPlain);
    const late = AbortSignal.timeout(timeoutMs);
    const signal = given.signal ? AbortSignal.any([late, given.signal]) : late;
    try {
      return await toResponse(
        await send(url, given, guardedLookup(resolve, mayReach, isPlain), signal),
        maxBytes,
      );
    } catch (cause) {
      if (late.aborted) throw new GuardError('The address did not answer in time.', { cause });
      throw cause;
    }
  };
}

function refused(isPlain: boolean): GuardError {
  return new GuardError(
    isPlain
      ? 'Plain http:// is called in allowed networks alone (--outbound-allow); use https://.'
      : 'The address leads to a network that is not public. If it is meant, the operator allows it: --outbound-allow',
  );
}

/** Resolves a name to the addresses of it that may be reached; the connection goes to one of these and no other. */
function guardedLookup(
  resolve: typeof resolveName,
  mayReach: (ip: string) => boolean,
  isPlain: boolean,
): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return done(error, '', 0);
      const good = addresses.filter(({ address }) => mayReach(address));
      const [first] = good;
      // one bad address among good ones is an attempt too
      if (!first || good.length < addresses.length) return done(refused(isPlain), '', 0);
      if (options.all) return done(null, good);
      done(null, first.address, first.family);
    });
  };
}

function send(
  url: URL,
  { method = 'GET', headers, body }: GuardedRequest,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      lookup,
      signal,
      agent: false, // a kept connection could be one to another host of that name
      maxHeaderSize: 16 * 1024,
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end(body instanceof URLSearchParams ? body.toString() : (body ?? undefined));
  });
}

async function toResponse(answer: IncomingMessage, maxBytes: number): Promise<Response> {
  const status = answer.statusCode!;
  if (status >= 300 && status < 400) {
    answer.destroy();
    throw new GuardError(
      'The address answers with a redirect, which is not followed. Name the final address.',
    );
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) {
      answer.destroy();
      throw new GuardError(`The answer is larger than ${maxBytes} bytes.`);
    }
    parts.push(chunk as Buffer);
  }
  const headers = new Headers();
  for (let n = 0; n < answer.rawHeaders.length; n += 2)
    headers.append(answer.rawHeaders[n]!, answer.rawHeaders[n + 1]!);
  const empty = status === 204 || status === 205 || bytes === 0;
  return new Response(empty ? null : Buffer.concat(parts), { status, headers });
}

/** A set of address ranges, each `address/bits` or one address. Throws for what is none. */
export function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges.flatMap((line) => line.split(/[\s,]+/)).filter((part) => part !== '')) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (!isIP(address) || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw new TypeError(`“${range}” is not an address range`);
    list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  }
  return list;
}

/** Whether a text names an address or a range of them. */
export function isAddressRange(text: string): boolean {
  try {
    blockList([text]);
    return true;
  } catch {
    return false;
  }
}

/** Whether an address is in a set; one of IPv4 written as IPv6 is what it stands for. */
export function contains(list: BlockList, ip: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;
  const family = isIP(mapped);
  return family !== 0 && list.check(mapped, family === 6 ? 'ipv6' : 'ipv4');
}
