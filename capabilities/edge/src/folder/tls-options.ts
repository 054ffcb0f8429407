import { readFileSync } from 'node:fs';
import type { TlsOptions } from 'node:tls';
import type { Address } from './settings.ts';

/** What a listener needs for TLS 1.2 and later; with `clientCa` each peer is asked for a certificate of that authority. */
export function tlsOptions({
  tlsCert,
  tlsKey,
  clientCa,
}: Pick<Address, 'tlsCert' | 'tlsKey' | 'clientCa'>): TlsOptions {
  return {
    minVersion: 'TLSv1.2',
    cert: readFileSync(tlsCert!),
    key: readFileSync(tlsKey!),
    ...(clientCa ? { ca: readFileSync(clientCa), requestCert: true } : {}),
  };
}
