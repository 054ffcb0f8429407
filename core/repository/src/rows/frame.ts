import type { FrameCache } from './frame-cache.ts';
import { newRowId } from './row-id.ts';
import { compress, decompressInPlace } from './zstd.ts';

/**
 * Bodies lie in frames: the JSON texts written together about one patient, one after another, compressed as one.
 * A visit's resources repeat each other, so a frame needs 244 B a resource where one by one takes 715 B
 * (docs/decisions/0004-store.md). A row holds the frame's id and its text's place in it.
 */
export const RAW_LIMIT = 128 * 1024;

export type Placed = { frame: string; at: number; len: number };
export type Frame = { id: string; body: Buffer };

/** Where the texts of a frame are put together; as large as one may get that is not made of a single long text. */
const assembly = Buffer.allocUnsafeSlow(RAW_LIMIT);

/**
 * Packs texts, each in its pieces, into as many frames as the size limit asks for; `places[i]` is where `texts[i]` went. Joining
 * the pieces before would be a copy of each text, and one of two bytes a letter for every Vietnamese one.
 */
export function packFrames(
  texts: readonly (readonly string[])[],
  person: string | undefined,
  now: number,
): { frames: Frame[]; places: Placed[] } {
  const frames: Frame[] = [];
  const places: Placed[] = [];
  let size = 0;
  let id = newRowId(person, now);
  const close = (body: Buffer) => {
    frames.push({ id, body: compress(body) });
    size = 0;
    id = newRowId(person, now);
  };
  for (const pieces of texts) {
    // no text is longer in bytes than three times its length; one that may not fit is measured
    const isLong = size + 3 * lengthOf(pieces) > RAW_LIMIT && size + bytesOf(pieces) > RAW_LIMIT;
    if (isLong && size > 0) close(assembly.subarray(0, size));
    if (isLong && bytesOf(pieces) > RAW_LIMIT) {
      const bytes = Buffer.allocUnsafeSlow(bytesOf(pieces));
      places.push({ frame: id, at: 0, len: write(pieces, bytes, 0) });
      close(bytes);
      continue;
    }
    const len = write(pieces, assembly, size);
    places.push({ frame: id, at: size, len });
    size += len;
  }
  if (size > 0) close(assembly.subarray(0, size));
  return { frames, places };
}

/** Writes pieces one behind the other; answers how many bytes they are. */
function write(pieces: readonly string[], into: Buffer, from: number): number {
  let at = from;
  for (const piece of pieces) at += into.write(piece, at);
  return at - from;
}

function lengthOf(pieces: readonly string[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

function bytesOf(pieces: readonly string[]): number {
  let bytes = 0;
  for (const piece of pieces) bytes += Buffer.byteLength(piece);
  return bytes;
}

/**
 * The frames of one request. Each is opened for the texts asked of it one after another, in room that all share: a copy
 * of every opened frame would be more garbage than the texts themselves.
 */
export class FrameReader {
  readonly #bodies = new Map<string, Uint8Array>();
  readonly #latest: FrameCache | undefined;

  /** `latest`: stored frames at hand, and where those that had to be fetched are left for the next. */
  constructor(latest?: FrameCache) {
    this.#latest = latest;
  }

  add(id: string, body: Buffer): void {
    if (this.#bodies.has(id)) return;
    this.#bodies.set(id, body);
    this.#latest?.keep(id, body);
  }

  has(id: string): boolean {
    if (this.#bodies.has(id)) return true;
    const body = this.#latest?.get(id);
    if (body) this.#bodies.set(id, body);
    return body !== undefined;
  }

  text({ frame, at, len }: Placed): string {
    if (opened.body === undefined || opened.frame !== frame) {
      const body = this.#bodies.get(frame);
      if (!body) throw new Error(`frame ${frame} was not fetched`);
      opened.body = undefined; // should the next line throw, the room holds neither
      opened.body = decompressInPlace(body);
      opened.frame = frame;
    }
    const text = opened.body.toString('utf8', at, at + len);
    if (opened.body.length > 2 * RAW_LIMIT) opened.body = undefined; // a single long text: not kept for the next one
    return text;
  }
}

/** The frame whose texts stand in the room of decompression now. */
const opened: { frame: string; body: Buffer | undefined } = { frame: '', body: undefined };
