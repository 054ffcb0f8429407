import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { readJson, writeDurably } from './data-folder.ts';

/** A key pair of the edge: it signs with `private`, the hub knows `public`. Moments in ms. */
export type EdgeKey = { private: JWK; public: JWK; made: number };

/** Who this edge is to the hub: `identity.json` of the data folder, readable to its owner alone. */
export type Identity = {
  /** Address of the hub without a slash at its end. */
  hub: string;
  facility: string;
  facilityName: string;
  clientId: string;
  tokenEndpoint: string;
  fhirBase: string;
  key: EdgeKey;
  /** A new key that the hub may know already; the next answer of the hub decides. */
  nextKey?: EdgeKey;
};

const fileOf = (folder: string) => join(folder, 'identity.json');

/** Undefined until the edge is enrolled. */
export function readIdentity(folder: string): Identity | undefined {
  return existsSync(fileOf(folder)) ? (readJson(fileOf(folder)) as Identity) : undefined;
}

/** Keeps it, durably. */
export function keepIdentity(folder: string, identity: Identity): void {
  writeDurably(fileOf(folder), `${JSON.stringify(identity, null, 2)}\n`);
}
