import { statfsSync } from 'node:fs';

/** How full the outbox is, in bytes. */
export type Room = {
  usedBytes: number;
  /** The most it may use. */
  limitBytes: number;
  /** What is free on the disk. */
  freeBytes: number;
  level: 'enough' | 'low' | 'full';
};

export type RoomLimits = {
  /** The most the outbox may use, in bytes. */
  limitBytes: number;
  /** What is left free on the disk for others, in bytes. */
  reserveBytes: number;
};

/** From this share on people are warned. */
const LOW_SHARE = 0.8;

/** Judges the room of a folder in which the outbox uses `usedBytes`. */
export function judgeRoom(folder: string, usedBytes: number, { limitBytes, reserveBytes }: RoomLimits): Room {
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  const full = usedBytes >= limitBytes || freeBytes <= reserveBytes;
  const low = usedBytes >= limitBytes * LOW_SHARE || freeBytes <= reserveBytes * 2;
  return { usedBytes, limitBytes, freeBytes, level: full ? 'full' : low ? 'low' : 'enough' };
}
