import { randomFillSync, randomUUID } from 'node:crypto';

/**
 * Row ids are UUIDv7 whose 12 `rand_a` bits repeat the first 12 bits of the placement, so that an id alone
 * finds its partition; the bit after the variant tells shared rows from patients' rows.
 * Source: RFC 9562 §5.7.
 */
export const NO_FRAME = '00000000-0000-0000-0000-000000000000';

/** Where former versions of shared rows lie: the placement nobody has. */
export const NO_PLACEMENT = '00000000-0000-0000-0000-000000000000';

/** Random bytes made ahead: 8 an id. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** Ids made in the same ms follow one another, so that rows written together lie at the end of the index. */
let count = 0;

/** A new person key (and first placement): random, so persons spread evenly over partitions. */
export function newPerson(): string {
  return randomUUID();
}

/** The last moment an id was made of, and its text: rows written together have one. */
let moment = -1;
let momentText = '';

/** A new row id for a row placed with `person`, or a shared one when undefined. `now` in ms since 1970. */
export function newRowId(person: string | undefined, now: number): string {
  if (now !== moment) {
    const time = Math.max(0, Math.floor(now)).toString(16).padStart(12, '0');
    momentText = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    moment = now;
  }
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += 8;
  count = (count + 1) & 0x1fff;
  const bits = byte(at) + byte(at + 1);
  const bucket = (person ?? bits).slice(0, 3);
  const counted = HEX[(count >> 8) | (person ? 0x80 : 0xa0)]! + HEX[count & 0xff]!;
  return `${momentText}${bucket}-${counted}-${byte(at + 4)}${byte(at + 5)}${byte(at + 6)}${byte(at + 7)}${bits}`;
}

const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

const byte = (at: number): string => HEX[pool[at]!]!;

/** True when the id is shaped like one of ours for a shared row. */
export function isSharedRowId(id: string): boolean {
  return (Number.parseInt(id[19]!, 16) & 2) === 2;
}

/** The range of placements, [from, to], that a row id of ours can lie in. */
export function placementRange(id: string): { from: string; to: string } {
  const bucket = id.slice(15, 18);
  return {
    from: `${bucket}00000-0000-0000-0000-000000000000`,
    to: `${bucket}fffff-ffff-ffff-ffff-ffffffffffff`,
  };
}

/** True for the text form of a UUID, lower case. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}

/**
 * The row id of no Patient: what an id that nobody has stands for in a decision, so that asking for it takes the same way
 * as asking for one that is not open.
 */
export const NOBODY = '00000000-0000-0000-0000-000000000000';
