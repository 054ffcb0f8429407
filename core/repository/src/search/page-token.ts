import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { outcomeError } from '@yba/fhir';
import type { Pools } from '../rows/session.ts';
import type { Position } from './plan.ts';
import type { SortKey } from './sorted.ts';

/**
 * A place in a chart, and what its pages have shown of the directory. Where what the part behind the place refers to was
 * more than one page holds, `left` is the row after which the rest of it comes; without a place the part is the first.
 */
export type ChartPlace = Partial<Position> & { shown: string; left?: string };

/** Where the next page begins: behind a row in the order walked, or behind a key of the order asked for. */
export type PageToken = Position | SortKey | ChartPlace;

/**
 * Page links, sealed: what they say (a sort key may be a name) is not to be read in a log, and they fit only the caller
 * and the search they came from. A link is a place, not a right: each page is decided and searched anew.
 */
export type PageSeal = {
  /** `search` is what the link belongs to: caller, path and query. */
  write(token: PageToken, search: string): string;
  /** Throws `invalid` for what was not written here for this search. */
  read(text: string, search: string): PageToken;
};

const seals = new WeakMap<Pools, PageSeal>();

/** The seal of a repository: with the key it was given, which servers side by side share, else one of this process. */
export function pageSeal(pools: Pools): PageSeal {
  let seal = seals.get(pools);
  if (!seal) seals.set(pools, (seal = sealWith(randomBytes(KEY_BYTES))));
  return seal;
}

/** Gives the repository of these pools the key that its page links are sealed with, 32 bytes. */
export function keepPageKey(pools: Pools, key: Uint8Array): void {
  seals.set(pools, sealWith(Buffer.from(key)));
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM; the search is authenticated beside what is sealed. Source: NIST SP 800-38D */
export function sealWith(key: Buffer): PageSeal {
  return {
    write(token, search) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(digest(search));
      const sealed = Buffer.concat([cipher.update(JSON.stringify(token)), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    read(text, search) {
      const bytes = Buffer.from(text, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
          .setAAD(digest(search))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const opened = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
        return JSON.parse(Buffer.concat(opened).toString()) as PageToken;
      } catch (cause) {
        throw Object.assign(
          outcomeError(
            'invalid',
            'This page link does not belong to this search; start again from its first page',
            '_page',
          ),
          { cause },
        );
      }
    },
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();
