/** Bytes around a message on the wire. Source: HL7 MLLP Release 1 */
const START = 0x0b;
const END = 0x1c;
const RETURN = 0x0d;

/** A message as it goes over the wire. */
export function frameMllp(message: string | Uint8Array): Buffer {
  const body = typeof message === 'string' ? Buffer.from(message, 'utf8') : message;
  return Buffer.concat([Buffer.from([START]), body, Buffer.from([END, RETURN])]);
}

/** The stream is not MLLP, or a message is longer than what is taken: the connection is of no use any more. */
export class MllpError extends Error {
  override readonly name = 'MllpError';
}

/** Room for the beginning of a message; it doubles as the message grows. */
const FIRST_BYTES = 4096;

/**
 * Cuts messages out of a byte stream as it comes. Bytes between messages are passed over, as senders write line ends there;
 * a carriage return after the end may be missing. Holds at most `limitBytes` of one unfinished message, in a piece: one that comes
 * byte by byte takes no more.
 */
export class MllpDecoder {
  readonly #limitBytes: number;
  #message = Buffer.alloc(0);
  #length = 0;
  #inside = false;

  constructor(limitBytes = 16 * 1024 * 1024) {
    this.#limitBytes = limitBytes;
  }

  /** Whether a message has begun that has not ended. */
  get unfinished(): boolean {
    return this.#inside;
  }

  /** What it holds of an unfinished message, in bytes. */
  get heldBytes(): number {
    return this.#message.length;
  }

  /** The messages that this piece completes. Throws MllpError. */
  push(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (!this.#inside) {
        const start = chunk.indexOf(START, at);
        this.#refuseNoise(chunk.subarray(at, start < 0 ? chunk.length : start));
        if (start < 0) break;
        this.#inside = true;
        at = start + 1;
        continue;
      }
      const end = chunk.indexOf(END, at);
      this.#keep(chunk.subarray(at, end < 0 ? chunk.length : end));
      if (end < 0) break;
      messages.push(this.#message.subarray(0, this.#length));
      this.#message = Buffer.alloc(0);
      this.#length = 0;
      this.#inside = false;
      at = end + 1;
      if (chunk[at] === RETURN) at++;
    }
    return messages;
  }

  #keep(part: Buffer): void {
    const length = this.#length + part.length;
    if (length > this.#limitBytes) throw new MllpError(`A message is longer than ${this.#limitBytes} bytes`);
    if (length > this.#message.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(length, Math.min(Math.max(FIRST_BYTES, 2 * this.#message.length), this.#limitBytes)),
      );
      this.#message.copy(larger, 0, 0, this.#length);
      this.#message = larger;
    }
    part.copy(this.#message, this.#length);
    this.#length = length;
  }

  #refuseNoise(between: Buffer): void {
    if (between.some((byte) => byte !== RETURN && byte !== 0x0a && byte !== 0x20))
      throw new MllpError('Bytes came that are not framed as MLLP (start 0x0B, end 0x1C 0x0D)');
  }
}
