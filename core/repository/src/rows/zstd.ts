import { readFileSync } from 'node:fs';
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  gunzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';

/**
 * Frames are compressed with a dictionary: what resources say alike. A frame begins with the dictionary's number; one
 * without a dictionary, as the first release wrote them, begins with zstd's own magic number.
 * Measured: a visit's frame takes 104 B a resource instead of 245, a resource alone 190 B instead of 740
 * (docs/decisions/0031-frame-dictionary.md).
 */
const DICTIONARY = 1;
const ZSTD_MAGIC = 0x28;

/**
 * The dictionary tells what a higher level would have to search for: a visit's frame is 1,858 B in 27 µs, by zstd's usual third
 * level 1,813 B in 48 µs; resources alone and long charts are smaller by the first.
 */
const params = { [constants.ZSTD_c_compressionLevel]: 1 };

const dictionaries = new Map<number, Buffer>();

/** A dictionary by number. None is ever changed or removed: frames written with it stay. */
function dictionary(number: number): Buffer {
  let known = dictionaries.get(number);
  if (!known) {
    known = gunzipSync(readFileSync(new URL(`../../data/frames-${number}.dict.gz`, import.meta.url)));
    dictionaries.set(number, known);
  }
  return known;
}

/** The part of Node's codec streams that works at once, without a stream. `_writeState`: bytes left of output and input. */
type Codec = {
  _handle?: {
    writeSync(
      flush: number,
      input: Uint8Array,
      from: number,
      length: number,
      output: Uint8Array,
      to: number,
      room: number,
    ): void;
    onerror: () => void;
  };
  _writeState?: Uint32Array;
};

/** One step of a codec: what came of `bytes`, good until the next step; undefined when that needs the ordinary way. */
type Step = (bytes: Uint8Array) => Buffer | undefined;

/** Room for what is made in one step. */
const ROOM_BYTES = 256 * 1024;

/**
 * Node's own call for one buffer makes a codec each time and loads the dictionary into it, which takes longer than
 * the work itself: a codec that is kept compresses a visit in 75 µs and opens it in 12 µs, where the calls take 150
 * and 60 µs. After a whole frame a codec begins the next by itself. One that failed or ran out of room is replaced;
 * what does not fit, and a Node.js whose streams are made otherwise, go the ordinary way.
 */
function kept(create: () => object): Step {
  const room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  let codec: Codec | undefined;
  let failed = false;
  return (bytes) => {
    codec ??= create() as Codec;
    const { _handle: handle, _writeState: left } = codec;
    if (typeof handle?.writeSync !== 'function' || left?.length !== 2) return undefined;
    failed = false;
    handle.onerror = () => (failed = true);
    handle.writeSync(constants.ZSTD_e_end, bytes, 0, bytes.length, room, 0, ROOM_BYTES);
    const [free, unread] = left;
    if (!failed && unread === 0 && free !== 0) return room.subarray(0, ROOM_BYTES - free!);
    codec = undefined;
    return undefined;
  };
}

const decompressors = new Map<number, Step>();
const inPlace = new Map<number, Step>();
const compressed = kept(() => createZstdCompress({ dictionary: dictionary(DICTIONARY), params }));

function decompressor(steps: Map<number, Step>, number: number): Step {
  let step = steps.get(number);
  if (!step) {
    const options = number === 0 ? {} : { dictionary: dictionary(number) };
    steps.set(number, (step = kept(() => createZstdDecompress(options))));
  }
  return step;
}

/** `bytes` as one frame. */
export function compress(bytes: Uint8Array): Buffer {
  // by itself a long text has all that a dictionary could tell, and needs no copy of its megabytes to say which
  if (bytes.length >= ROOM_BYTES / 2) return zstdCompressSync(bytes, { params });
  const zstd = compressed(bytes) ?? zstdCompressSync(bytes, { dictionary: dictionary(DICTIONARY), params });
  const frame = Buffer.allocUnsafe(zstd.length + 1);
  frame[0] = DICTIONARY;
  zstd.copy(frame, 1);
  return frame;
}

/** What one frame holds. Throws when it is broken. */
export function decompress(frame: Uint8Array): Buffer {
  const { bytes, isShared } = opened(frame, decompressors);
  return isShared ? Buffer.from(bytes) : bytes;
}

/** The same in room that the next call may write over: for whoever takes texts out of it at once. */
export function decompressInPlace(frame: Uint8Array): Buffer {
  return opened(frame, inPlace).bytes;
}

function opened(frame: Uint8Array, steps: Map<number, Step>): { bytes: Buffer; isShared: boolean } {
  const number = frame[0] === ZSTD_MAGIC ? 0 : frame[0]!;
  const zstd = number === 0 ? frame : frame.subarray(1);
  const size = contentSize(zstd);
  if (size !== undefined && size < ROOM_BYTES) {
    const bytes = decompressor(steps, number)(zstd);
    if (bytes?.length === size) return { bytes, isShared: true };
  }
  const bytes = zstdDecompressSync(zstd, number === 0 ? {} : { dictionary: dictionary(number) });
  return { bytes, isShared: false };
}

/** Content size as the frame's head tells it, in bytes; undefined when it does not, or when it is huge. Source: RFC 8878 3.1.1.1 */
function contentSize(frame: Uint8Array): number | undefined {
  const { buffer, byteOffset, length } = frame;
  if (length < 14) return undefined;
  const view = new DataView(buffer, byteOffset, length);
  const descriptor = view.getUint8(4);
  const isSingle = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? view.getUint8(at) : undefined;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return undefined;
  }
}
