import type { PendingQuery, Sql, Transaction } from './connect.ts';
import { copyIn } from './copy-in.ts';

/**
 * Rows in the binary format of COPY, appended value by value.
 * Source: https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export class CopyRows {
  #buffer: Buffer;
  #used: number;
  #rows = 0;

  /** `sizeBytes`: what the rows are likely to take. */
  constructor(sizeBytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(SIGNATURE.length + sizeBytes);
    this.#used = SIGNATURE.copy(this.#buffer);
  }

  /** Begins a row of so many values. */
  row(values: number): this {
    this.#room(2);
    this.#used = this.#buffer.writeInt16BE(values, this.#used);
    this.#rows++;
    return this;
  }

  null(): this {
    this.#room(4);
    this.#used = this.#buffer.writeInt32BE(-1, this.#used);
    return this;
  }

  int2(value: number): this {
    this.#room(6);
    this.#used = this.#buffer.writeInt32BE(2, this.#used);
    this.#used = this.#buffer.writeInt16BE(value, this.#used);
    return this;
  }

  int4(value: number): this {
    this.#room(8);
    this.#used = this.#buffer.writeInt32BE(4, this.#used);
    this.#used = this.#buffer.writeInt32BE(value, this.#used);
    return this;
  }

  int4OrNull(value: number | null): this {
    return value === null ? this.null() : this.int4(value);
  }

  /** A whole number up to 2^53. */
  int8(value: number): this {
    this.#room(12);
    this.#used = this.#buffer.writeInt32BE(8, this.#used);
    this.#used = this.#buffer.writeInt32BE(Math.floor(value / 4294967296), this.#used);
    this.#used = this.#buffer.writeUInt32BE(((value % 4294967296) + 4294967296) % 4294967296, this.#used);
    return this;
  }

  boolean(value: boolean): this {
    this.#room(5);
    this.#used = this.#buffer.writeInt32BE(1, this.#used);
    this.#buffer[this.#used++] = value ? 1 : 0;
    return this;
  }

  /** A timestamptz from ms since 1970: microseconds since 2000. */
  time(ms: number): this {
    this.#room(12);
    this.#used = this.#buffer.writeInt32BE(8, this.#used);
    const micros = (Math.trunc(ms) - EPOCH_2000) * 1000;
    if (Number.isSafeInteger(micros)) {
      this.#used = this.#buffer.writeInt32BE(Math.floor(micros / 4294967296), this.#used);
      this.#used = this.#buffer.writeUInt32BE(((micros % 4294967296) + 4294967296) % 4294967296, this.#used);
    } else this.#used = this.#buffer.writeBigInt64BE(BigInt(Math.trunc(ms) - EPOCH_2000) * 1000n, this.#used);
    return this;
  }

  uuid(text: string): this {
    this.#room(20);
    this.#used = this.#buffer.writeInt32BE(16, this.#used);
    this.#uuidBytes(text);
    return this;
  }

  uuidOrNull(text: string | null | undefined): this {
    return text == null ? this.null() : this.uuid(text);
  }

  text(text: string): this {
    const most = text.length * 3;
    this.#room(4 + most);
    const size = this.#buffer.write(text, this.#used + 4, most, 'utf8');
    this.#used = this.#buffer.writeInt32BE(size, this.#used) + size;
    return this;
  }

  textOrNull(text: string | null | undefined): this {
    return text == null ? this.null() : this.text(text);
  }

  bytes(bytes: Uint8Array): this {
    this.#room(4 + bytes.length);
    this.#used = this.#buffer.writeInt32BE(bytes.length, this.#used);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    return this;
  }

  int2Array(values: readonly number[]): this {
    this.#arrayHead(values.length, 21, 6);
    for (const value of values) this.int2(value);
    return this;
  }

  int4Array(values: readonly number[]): this {
    this.#arrayHead(values.length, 23, 8);
    for (const value of values) this.int4(value);
    return this;
  }

  /** Whole numbers up to 2^53 as bigint[]. */
  int8Array(values: readonly number[]): this {
    this.#arrayHead(values.length, 20, 12);
    const buffer = this.#buffer;
    let at = this.#used;
    // by index: an iterator would hand each of these numbers out in an object of its own
    for (let n = 0; n < values.length; n++) {
      const value = values[n]!;
      at = buffer.writeInt32BE(8, at);
      at = buffer.writeInt32BE(Math.floor(value / 4294967296), at);
      at = buffer.writeUInt32BE(value % 4294967296, at);
    }
    this.#used = at;
    return this;
  }

  uuidArray(values: readonly string[]): this {
    this.#arrayHead(values.length, 2950, 20);
    for (const value of values) this.uuid(value);
    return this;
  }

  textArray(values: readonly (string | null)[]): this {
    const start = this.#arrayHead(values.length, 25, 8);
    for (const value of values) this.textOrNull(value);
    this.#buffer.writeInt32BE(this.#used - start, start - 4); // sizes of texts are known only now
    return this;
  }

  /** The statement that copies the rows into `table (columns)`, those that meet `condition`; none when there are none. */
  into(db: Sql | Transaction, table: string, columns: string, condition?: string): PendingQuery<[]>[] {
    if (this.#rows === 0) return [];
    this.#room(2);
    this.#used = this.#buffer.writeInt16BE(-1, this.#used);
    const rows = this.#buffer.subarray(0, this.#used);
    const where = condition === undefined ? '' : ` where ${condition}`;
    return [copyIn(db, `copy ${table} (${columns}) from stdin (format binary)${where}`, rows)];
  }

  /** Writes length, dimensions and bounds of an array; answers where its content begins. */
  #arrayHead(count: number, elementType: number, elementBytes: number): number {
    this.#room(24 + count * elementBytes);
    const content = count === 0 ? 12 : 20 + count * elementBytes;
    const start = (this.#used = this.#buffer.writeInt32BE(content, this.#used));
    this.#used = this.#buffer.writeInt32BE(count === 0 ? 0 : 1, this.#used); // dimensions
    this.#used = this.#buffer.writeInt32BE(elementType === 25 ? 1 : 0, this.#used); // may hold nulls
    this.#used = this.#buffer.writeInt32BE(elementType, this.#used);
    if (count === 0) return start;
    this.#used = this.#buffer.writeInt32BE(count, this.#used);
    this.#used = this.#buffer.writeInt32BE(1, this.#used); // lower bound
    return start;
  }

  #uuidBytes(text: string): void {
    const buffer = this.#buffer;
    let at = this.#used;
    for (let i = 0; i < 36; i += 2) {
      if (i === 8 || i === 13 || i === 18 || i === 23) i++;
      buffer[at++] = (HEX[text.charCodeAt(i)]! << 4) | HEX[text.charCodeAt(i + 1)]!;
    }
    this.#used = at;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + bytes));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

/** What begins every binary COPY: signature, flags, no header extension. */
const SIGNATURE = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

/** 2000-01-01T00:00:00Z in ms since 1970. */
const EPOCH_2000 = 946684800000;

const HEX = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
