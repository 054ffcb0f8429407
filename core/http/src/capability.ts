import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Context, Interactions, Page, Resource, WriteOptions } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';

/** What an operation is given. `stream` instead of `body` when it consumes an XML stream, `bytes` alone when it consumes bytes. */
export type OperationRequest = {
  context: Context;
  type?: string;
  id?: string;
  query: URLSearchParams;
  body?: Resource;
  /** The body as it was sent, decompressed. */
  bytes?: Buffer;
  stream?: Readable;
  headers: IncomingHttpHeaders;
  /** Of an operation that `patches`: what is asked of the write. */
  write?: Pick<WriteOptions, 'ifMatch' | 'ifNoneMatch' | 'provenance'>;
  /** Of an operation that keeps keys: the caller's Idempotency-Key, with a hash of all that is asked under it. */
  submission?: { key: string; body: string };
};

/** What an operation answers: a resource, its JSON text as it is, or a Bundle that is sent as it is fetched. Status 200 unless told. */
export type OperationResponse = {
  status?: number;
  resource?: object;
  text?: string;
  page?: Page;
  headers?: Record<string, string>;
};

/** A FHIR operation. Source: https://hl7.org/fhir/R4/operations.html */
export type Operation = {
  /** Without the `$`: `match`. */
  code: string;
  /** Where it may be called: on the base, on a type (`*`: on each), on one resource of that type. */
  on: { system?: boolean; type?: string; instance?: boolean };
  /** 'nothing': the body may be any JSON object with a resourceType; else it is valid R4 when `handle` sees it. */
  trusts?: 'nothing';
  methods: readonly ('GET' | 'POST')[];
  /**
   * 'json' unless told; 'xml-stream' hands the body over unread, 'bytes' whole as it came, of any media type and even when
   * it is no JSON: at most 2 MiB.
   */
  consumes?: 'json' | 'xml-stream' | 'bytes';
  /** It changes one resource as a patch does: If-Match and X-Provenance hold for it. Elsewhere X-Provenance is refused. */
  patches?: true;
  /**
   * What becomes of an Idempotency-Key: 'kept', `submission` is carried out once; or refused, since the same again would be
   * done again, with what is done once `instead`. Unless told the header is passed over: the same again does no more than once.
   */
  idempotencyKey?: 'kept' | { instead: string };
  /** Whether apps of others may call it in their user's name: it only shows what the reach shows. */
  forApps?: boolean;
  /** Calls allowed to one caller: `burst` at once, then `perMinute`; of all operations together that name the same `with`. */
  limit?: { perMinute: number; burst: number; with?: string };
  /** URL of its OperationDefinition, told in the CapabilityStatement. */
  definition?: string;
  handle(request: OperationRequest): Promise<OperationResponse>;
};

/** One thing the platform can do: what it adds to the one door. */
export type Capability = {
  name: string;
  operations?: readonly Operation[];
  /** Routes outside FHIR (sign-in pages, discovery), registered in a scope of their own. */
  routes?: (app: FastifyInstance) => void | Promise<void>;
  /** Types it serves itself, in place of the store. Interactions it leaves out answer 405. */
  resources?: Readonly<Record<string, Partial<Interactions>>>;
};
