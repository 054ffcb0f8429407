import { isAscii, isUtf8 } from 'node:buffer';
import { Transform, type Readable } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { OutcomeError, parseJsonArray, parseJsonSent, readQuery } from '@yba/fhir';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BodyBudget } from './body-budget.ts';
import { LARGE_BYTES } from './collect.ts';
import { HttpError, nullRefused } from './http-error.ts';
import {
  BYTES_LIMIT_BYTES,
  FHIR_XML_TYPES,
  isOurVersion,
  isUtf8Type,
  JSON_LIMIT_BYTES,
  JSON_PATCH,
  JSON_TYPES,
  XML_LIMIT_BYTES,
  XML_TYPES,
} from './media-types.ts';

/** U+0000 written as an escape; a backslash before it that is itself escaped makes it plain text. */
const nullCharacter = /(?<!\\)(?:\\\\)*\\u0000/;

/** Parses a JSON body once, every decimal keeping its digits. Throws 400 with the place of the error, 413 for too many values. */
export function parseBody(bytes: Buffer, parse: (bytes: Buffer) => unknown = parseJsonSent): unknown {
  if (bytes.length === 0) return undefined; // some clients name a type for no body at all
  if (!isUtf8(bytes))
    throw new HttpError(400, 'invalid', 'The body is not UTF-8. JSON is exchanged in UTF-8 only.');
  if (bytes.includes('\\u0000') && nullCharacter.test(bytes.toString('latin1'))) throw nullRefused('body');
  try {
    return parse(bytes);
  } catch (cause) {
    if (!(cause instanceof OutcomeError)) throw cause;
    if (cause.code === 'too-long') throw new HttpError(413, 'too-long', cause.message, { cause });
    throw new HttpError(400, 'invalid', cause.message, { cause });
  }
}

/** Passes a stream through, and breaks it off with 413 once more than `limit` bytes have come, or with what `hold` throws. */
function limited(limit: number, hold: (bytes: number) => void): Transform {
  let seenBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seenBytes += chunk.length;
      if (seenBytes > limit) return done(tooLong(limit));
      try {
        hold(chunk.length);
      } catch (error) {
        return done(error as Error);
      }
      done(null, chunk);
    },
  });
}

const tooLong = (limit: number) =>
  new HttpError(
    413,
    'too-long',
    `The body is larger than ${limit / 1024 / 1024} MiB once decompressed. Send it in parts.`,
  );

function xmlStream(budget: BodyBudget, request: FastifyRequest, payload: Readable): Readable {
  if (Number(request.headers['content-length']) > XML_LIMIT_BYTES) {
    throw new HttpError(413, 'too-long', 'The file is larger than 64 MiB. Send it in parts.');
  }
  const stream = limited(XML_LIMIT_BYTES, (bytes) => budget.holdXml(request, bytes));
  payload.on('error', (error) => stream.destroy(error));
  return payload.pipe(stream);
}

/** Read as UTF-8, text of another charset would become another text. */
function refuseOtherCharset({ headers }: FastifyRequest): void {
  const type = headers['content-type'] ?? '';
  if (!isUtf8Type(type))
    throw new HttpError(415, 'not-supported', `${type} is not taken; send the body in UTF-8: charset=utf-8.`);
}

function refuseOtherVersion({ headers }: FastifyRequest): void {
  const type = headers['content-type'] ?? '';
  if (!isOurVersion(type))
    throw new HttpError(
      415,
      'not-supported',
      `${type} is not taken; resources are FHIR R4: fhirVersion=4.0.`,
    );
}

/** A list is a JSON Patch under another name: the sender is told the right one. */
function refuseOperations(bytes: Buffer): void {
  if (/^\s*\[/.test(bytes.toString('latin1', 0, 100)))
    throw new HttpError(
      415,
      'not-supported',
      `A list of operations is a JSON Patch: send it as ${JSON_PATCH}.`,
    );
}

function refuseFhirXml(): never {
  throw new HttpError(415, 'not-supported', 'Resources are taken as JSON only: send application/fhir+json.');
}

/** The window a zstd frame may ask for: 8 MiB, as much as every decoder must take. Source: RFC 9659 */
const WINDOW_LOG = 23;

const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['zstd', () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } })],
]);

/** What `Content-Encoding` promises, undone. Source: RFC 9110 8.4 */
function decoded(request: FastifyRequest, payload: Readable): Readable {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || encoding === 'identity') return payload;
  const make = decoders.get(encoding);
  if (!make) {
    throw new HttpError(
      415,
      'not-supported',
      `Content-Encoding ${encoding} is not taken; use gzip, zstd or none.`,
      {
        headers: { 'accept-encoding': 'gzip, zstd' },
      },
    );
  }
  const decoder = make() as Transform & { receivedEncodedLength: number };
  decoder.receivedEncodedLength = 0;
  const destroy = decoder.destroy.bind(decoder);
  const destroyTold: typeof destroy = (error) => destroy(error && notEncoded(error, encoding));
  decoder.destroy = destroyTold; // a function written here would be old at once (docs/decisions/0143-nothing-is-made-old.md)
  payload.on('data', (chunk: Buffer) => (decoder.receivedEncodedLength += chunk.length));
  payload.on('error', (error) => decoder.destroy(error));
  const stream = payload.pipe(decoder);
  stream.once('error', () => payload.unpipe(decoder).resume());
  return stream;
}

/** What a decoder says of bytes it cannot undo, as a client is told; any other error as it is. */
function notEncoded(cause: Error & { code?: unknown }, encoding: string): Error {
  if (typeof cause.code !== 'string' || !/^(Z|ZSTD)_/.test(cause.code)) return cause;
  const text = `The body is not whole ${encoding}, as its Content-Encoding says: it is cut off or damaged. Send it again.`;
  return new HttpError(400, 'invalid', text, { cause });
}

/** Parses a whole body when there is room for what comes of it. */
function parseInTurn(
  budget: BodyBudget,
  request: FastifyRequest,
  bytes: Buffer,
  parse: (bytes: Buffer) => unknown,
  done: (error: Error | null, body?: unknown) => void,
): void {
  const begin = () => {
    let body: unknown;
    try {
      body = parse(bytes);
    } catch (error) {
      return done(error as Error);
    }
    if (bytes.length < LARGE_BYTES) done(null, body);
    else setImmediate(done, null, body); // others get their turn before it is worked on
  };
  budget.work(request, roomFor(bytes), begin, done);
}

/**
 * How much a body weighs while it is worked on: texts with letters beyond Latin-1, as Vietnamese has, take two bytes a
 * letter; objects and lists of next to nothing more than their texts.
 */
const roomFor = (bytes: Buffer): number =>
  Math.max((isAscii(bytes) ? 1 : 2) * bytes.length, VALUE_BYTES * structure(bytes));

/** What a value of a body weighs at least, in bytes of body: resources have one in 20 to 25. */
const VALUE_BYTES = 16;

/** Bodies shorter than this, in bytes, weigh what they are long, whatever they hold. */
const SHORT_BYTES = 64 * 1024;

/** About how many values a body holds: its commas and opening brackets. */
function structure(bytes: Buffer): number {
  if (bytes.length < SHORT_BYTES) return 0;
  let count = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x2c || byte === 0x7b || byte === 0x5b) count++;
  }
  return count;
}

/** In this scope a body of any media type is kept as the bytes that came, unread. */
export function takeBytes(scope: FastifyInstance, budget: BodyBudget): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: BYTES_LIMIT_BYTES },
    (request, body, done) => {
      request.bodyBytes = body as Buffer;
      budget.work(
        request,
        body.length,
        () => done(null),
        (error) => done(error),
      );
    },
  );
}

/**
 * Body reading for the FHIR base: JSON parsed once and kept as bytes too, searches as forms, XML as a stream,
 * all of them under a size limit that counts decompressed bytes.
 */
export function addBodyParsers(app: FastifyInstance, budget: BodyBudget): void {
  app.removeAllContentTypeParsers();
  app.addHook('preParsing', (request, _reply, payload, done) => {
    try {
      done(
        null,
        request.headers['content-encoding'] === undefined ? payload : decoded(request, payload as Readable),
      );
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser(
    [...JSON_TYPES],
    { parseAs: 'buffer', bodyLimit: JSON_LIMIT_BYTES },
    (request, body, done) => {
      refuseOtherVersion(request);
      refuseOtherCharset(request);
      if (request.method === 'PATCH') refuseOperations(body as Buffer);
      request.bodyBytes = body as Buffer;
      parseInTurn(budget, request, body as Buffer, parseBody, done);
    },
  );
  app.addContentTypeParser(
    JSON_PATCH,
    { parseAs: 'buffer', bodyLimit: JSON_LIMIT_BYTES },
    (request, body, done) => {
      refuseOtherCharset(request);
      parseInTurn(budget, request, body as Buffer, (bytes) => parseBody(bytes, parseJsonArray), done);
    },
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: 1024 * 1024 },
    (request, body, done) => {
      refuseOtherCharset(request);
      if (!isUtf8(body as Buffer))
        throw new HttpError(400, 'invalid', 'The form is not UTF-8. Send it in UTF-8, percent-encoded.');
      const text = (body as Buffer).toString('utf8');
      if (text.includes('%00') || text.includes('\0')) throw nullRefused('body');
      done(null, readQuery(text));
    },
  );
  app.addContentTypeParser([...XML_TYPES], (request, payload, done) =>
    done(null, xmlStream(budget, request, payload)),
  );
  app.addContentTypeParser([...FHIR_XML_TYPES], refuseFhirXml);
}
