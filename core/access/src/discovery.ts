import { ASSERTION_ALGORITHMS, authMethods } from './oidc/client-authentication.ts';
import { SCOPES_SUPPORTED } from './oidc/scopes.ts';

/**
 * What SMART applications need to know before they start; only what really works.
 * Source: https://hl7.org/fhir/smart-app-launch/STU2/conformance.html
 */
export function smartConfiguration(baseUrl: string, clientCertificates = false): object {
  return {
    issuer: baseUrl,
    jwks_uri: `${baseUrl}/oauth/jwks`,
    authorization_endpoint: `${baseUrl}/oauth/authorize`,
    token_endpoint: `${baseUrl}/oauth/token`,
    token_endpoint_auth_methods_supported: authMethods(clientCertificates),
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint: `${baseUrl}/oauth/introspect`,
    revocation_endpoint: `${baseUrl}/oauth/revoke`,
    management_endpoint: `${baseUrl}/book/sharing`, // where a citizen reads which apps may read, and withdraws
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: SCOPES_SUPPORTED,
    capabilities: [
      'launch-ehr',
      'launch-standalone',
      'authorize-post',
      'context-ehr-patient',
      'context-ehr-encounter',
      'context-banner',
      'context-style',
      'client-public',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
      'context-standalone-patient',
      'sso-openid-connect',
      'permission-offline',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ],
  };
}
