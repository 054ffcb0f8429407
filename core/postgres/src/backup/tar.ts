import { open } from 'node:fs/promises';

/** A file or folder of an archive; folders end with a slash. Source: POSIX.1-2017, pax, “ustar Interchange Format”. */
export type TarEntry = { name: string; sizeBytes: number };

const BLOCK = 512;
const READ_BYTES = 1024 * 1024;

/** A source of one archive: an entry with its bytes, from a file or at hand. */
export type TarSource = TarEntry & ({ file: string } | { bytes: Buffer });

/**
 * The bytes of a tar archive. A file is given with the size it had when it was listed: what grew since is left out,
 * what shrank is filled with zeros, what went is left out whole; PostgreSQL's log repeats all of that.
 */
export async function* packTar(sources: Iterable<TarSource>): AsyncGenerator<Buffer> {
  for (const source of sources) yield* packed(source);
  yield Buffer.alloc(2 * BLOCK);
}

async function* packed(source: TarSource): AsyncGenerator<Buffer> {
  if ('bytes' in source) {
    yield header(source);
    yield source.bytes;
    yield padding(source.sizeBytes);
    return;
  }
  const file = await open(source.file).catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return;
  try {
    yield header(source);
    let left = source.sizeBytes;
    while (left > 0) {
      const { bytesRead, buffer } = await file.read({
        buffer: Buffer.allocUnsafe(Math.min(READ_BYTES, left)),
      });
      if (bytesRead === 0) break;
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    for (; left > 0; left -= Math.min(READ_BYTES, left)) yield Buffer.alloc(Math.min(READ_BYTES, left));
    yield padding(source.sizeBytes);
  } finally {
    await file.close();
  }
}

/** Most bytes of a name, and of the folders that may stand apart before it. */
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;

/** A name in its two fields: the folders before one of its slashes go apart when it is long. */
function fieldsOf(path: string): { prefix: string; name: string } {
  const fits = ({ prefix, name }: { prefix: string; name: string }) =>
    Buffer.byteLength(name) <= NAME_BYTES && Buffer.byteLength(prefix) <= PREFIX_BYTES;
  if (fits({ prefix: '', name: path })) return { prefix: '', name: path };
  for (let at = path.indexOf('/'); at > 0 && at < path.length - 1; at = path.indexOf('/', at + 1)) {
    const parted = { prefix: path.slice(0, at), name: path.slice(at + 1) };
    if (fits(parted)) return parted;
  }
  throw new Error(`${path}: a name too long for a backup; shorten it`);
}

function header({ name: path, sizeBytes }: TarEntry): Buffer {
  const { prefix, name } = fieldsOf(path);
  const block = Buffer.alloc(BLOCK);
  const folder = name.endsWith('/');
  block.write(name, 0);
  block.write(prefix, 345);
  block.write(folder ? '0000700\0' : '0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(folder ? '5' : '0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK - (sizeBytes % BLOCK)) % BLOCK);
}

/** Gives each entry of an archive to `take`, which must read its content to the end. Throws when the archive breaks off. */
export async function unpackTar(
  source: AsyncIterable<Buffer>,
  take: (entry: TarEntry, content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const input = new Bytes(source);
  for (;;) {
    const block = await input.exactly(BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const text = (from: number, length: number) =>
      block
        .toString('utf8', from, from + length)
        .split('\0', 1)[0]!
        .trim();
    const [name, prefix] = [text(0, NAME_BYTES), text(345, PREFIX_BYTES)];
    const entry = {
      name: prefix === '' ? name : `${prefix}/${name}`,
      sizeBytes: Number.parseInt(text(124, 12), 8),
    };
    await take(entry, input.run(entry.sizeBytes));
    await input.exactly(padding(entry.sizeBytes).length);
  }
  for await (const _rest of input.rest()); // to the checksum at the end
}

/** A stream read by counts of bytes. */
class Bytes {
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async *run(count: number): AsyncGenerator<Buffer> {
    for (let wanted = count; wanted > 0;) {
      const piece = await this.#piece(wanted);
      wanted -= piece.length;
      yield piece;
    }
  }

  async exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.run(count)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async *rest(): AsyncGenerator<Buffer> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return;
      yield value;
    }
  }

  async #piece(most: number): Promise<Buffer> {
    if (this.#left.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) throw new Error('the archive breaks off');
      this.#left = value;
    }
    const piece = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(piece.length);
    return piece;
  }
}
