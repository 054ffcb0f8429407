export type { Capability, Operation, OperationRequest, OperationResponse } from './capability.ts';
export {
  CERTIFICATE_HEADERS,
  clientCertificateOf,
  type CertificateHeader,
  type ClientCertificate,
} from './client-certificate.ts';
export { compressAssets } from './compress-assets.ts';
export { connectionsIn } from './connections.ts';
export { createHttp, type HttpOptions } from './create-http.ts';
export type { Translate } from './errors.ts';
export type { About } from './fhir/metadata.ts';
export { freePort } from './free-port.ts';
export type { Health } from './health.ts';
export {
  guardedFetch,
  GuardError,
  isAddressRange,
  type GuardedFetch,
  type GuardOptions,
} from './guarded-fetch.ts';
export { collectLarge, collectTexts, LARGE_BYTES, LARGE_READ_BYTES } from './collect.ts';
export { bodyTurns } from './body-budget.ts';
export { Turns } from './turns.ts';
export { HttpError } from './http-error.ts';
export { preconditionsOf } from './fhir/versions.ts';
export { LiveHub, type LiveLimits, type LiveMessage, type LiveTopics } from './live-hub.ts';
export type { Follow } from './live-route.ts';
export { figuresOf, type FiguresOfAll, type GaugeSource } from './metrics.ts';
export { mountRaw, type RawHandler } from './mount-raw.ts';
export { networkOf } from './network-of.ts';
export { createRateLimit, throttled, type Allowance, type RateLimit, type RateLimits } from './rate-limit.ts';
export type { Refusal, Refused } from './refusals.ts';
export { contextOf, type Authenticate } from './request-types.ts';
export { routesOf, type ServedRoute } from './route-table.ts';
export { safeError, type SafeError } from './safe-error.ts';
export { formLeadingTo } from './security-headers.ts';
export { standing, whileStanding } from './standing.ts';
export { statusOf } from './status.ts';
export { clearDoor, readTls, reloadTls, SELF_SIGNED, type TlsFiles, type TlsOptions } from './tls.ts';
