import { randomFillSync, randomUUID } from 'node:crypto';

/**
 * Row ids are UUIDv7 whose 12 `rand_a` bits repeat the first 12 bits of the placement, so that an id alone
 * finds its partition; the bit after the variant tells shared rows from patients' rows.
 * Source: RFC 9562 §5.7.
 */
export const NO_FRAME = '00000000-0000-0000-0000-000000000000';

/** Where former versions of shared rows lie: the placement nobody has. */
export const NO_PLACEMENT = '00000000-0000-0000-0000-000000000000';

const pool = Buffer.alloc(4096);
let used = pool.length;

function random8(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 8;
  return pool.subarray(used - 8, used);
}

/** Ids made in the same ms follow one another, so that rows written together lie at the end of the index. */
let count = 0;

/** A new person key (and first placement): random, so persons spread evenly over partitions. */
export function newPerson(): string {
  return randomUUID();
}

/** A new row id for a row placed with `person`, or a shared one when undefined. `now` in ms since 1970. */
export function newRowId(person: string | undefined, now: number): string {
  const time = Math.max(0, Math.floor(now)).toString(16).padStart(12, '0');
  const bits = random8();
  count = (count + 1) & 0x1fff;
  const bucket = person
    ? person.slice(0, 3)
    : (bits[0]! * 16 + (bits[1]! & 15)).toString(16).padStart(3, '0');
  bits[2] = (count >> 8) | (person ? 0x80 : 0xa0);
  bits[3] = count & 0xff;
  const tail = bits.toString('hex', 2, 8);
  const extra = ((bits[0]! << 8) | bits[1]!).toString(16).padStart(4, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${bucket}-${tail.slice(0, 4)}-${tail.slice(4)}${extra}`;
}

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
