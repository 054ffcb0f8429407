import { freePort } from '@yba/http';
import type { Config } from '../config.ts';

/** Where the server listens, and the address people and tokens know it by. */
export type Address = {
  host: string;
  port: number;
  baseUrl: string;
  /** Where this process reaches itself in the clear, on this machine alone; the port itself unless that speaks TLS. */
  innerPort?: number;
};

/** The address of a configuration; port 0 becomes a free one, since tokens name the address before we listen. */
export async function addressOf({ host, port, baseUrl, tls }: Config): Promise<Address> {
  const real = port === 0 ? await freePort(host) : port;
  return { host, port: real, baseUrl: baseUrl ?? `${tls ? 'https' : 'http'}://localhost:${real}` };
}
