import type { Caller } from '@yba/fhir';
import { importJWK, SignJWT } from 'jose';
import type { ProviderKeys } from './server-secret.ts';

/** In whose name this platform asks another system, and why. */
export type AskedFor = {
  caller: Caller;
  /** v3-PurposeOfUse code. */
  purpose: string;
  /** FHIR base that is asked. */
  audience: string;
};

/** Seconds that such a token opens anything. */
const LASTS_S = 120;

/**
 * A token that tells a system we ask who asks, from which facility, in which role and for which purpose, signed with the key
 * that signs our access tokens (`/oauth/jwks`). It names no patient, and opens nothing here: it is no `at+jwt`, and for
 * another audience. Source: https://profiles.ihe.net/ITI/IUA/index.html#37142212-jwt-iua-extension
 */
export async function askerToken(
  { signing }: ProviderKeys,
  issuer: string,
  { caller, purpose, audience }: AskedFor,
): Promise<string> {
  const iua = {
    subject_name: caller.name,
    ...(caller.facilityName ? { subject_organization: caller.facilityName } : {}),
    ...(caller.facility ? { subject_organization_id: `${FACILITY}#${caller.facility}` } : {}),
    subject_role: [{ system: ROLE, code: caller.role }],
    purpose_of_use: [{ system: REASON, code: purpose }],
    ...(caller.licence ? { national_provider_identifier: caller.licence.number } : {}),
  };
  return new SignJWT({ client_id: issuer, scope: 'user/*.rs', extensions: { ihe_iua: iua } })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...(signing.kid ? { kid: signing.kid } : {}) })
    .setIssuer(issuer)
    .setSubject(caller.subject)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${LASTS_S}s`)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(signing, 'ES256'));
}

const FACILITY = 'https://yba.vn/fhir/sid/facility';
const ROLE = 'https://yba.vn/fhir/CodeSystem/role';
const REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
