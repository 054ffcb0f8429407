/** What we serve resources as. Source: https://hl7.org/fhir/R4/http.html#mime-type */
export const FHIR_JSON = 'application/fhir+json; charset=utf-8';

/** JSON media types a client may send resources as. */
export const JSON_TYPES = ['application/fhir+json', 'application/json', 'application/json+fhir'] as const;

/** FHIR's XML, which is neither taken nor served. */
export const FHIR_XML_TYPES = ['application/fhir+xml', 'application/xml+fhir'] as const;

/** Whether the `fhirVersion` that a media type names is ours: 4.0, when it names one. Source: https://hl7.org/fhir/R4/http.html#version-parameter */
export function isOurVersion(mediaType: string): boolean {
  const version = /;\s*fhirversion\s*=\s*"?([^";,\s]*)/i.exec(mediaType)?.[1];
  return version === undefined || version === '4.0' || version === '4.0.1';
}

/** Whether a media type names UTF-8 (of which ASCII is a part), or no charset. Source: https://hl7.org/fhir/R4/http.html#mime-type */
export function isUtf8Type(mediaType: string): boolean {
  const charset = /;\s*charset\s*=\s*"?([^";,\s]*)/i.exec(mediaType)?.[1];
  return charset === undefined || /^(?:utf-?8|(?:us-)?ascii)$/i.test(charset);
}

/** JSON Patch. Source: RFC 6902 6 */
export const JSON_PATCH = 'application/json-patch+json';

/** XML media types that XML operations take. */
export const XML_TYPES = ['application/xml', 'text/xml'] as const;

/** Bodies of JSON, once decompressed, in bytes. */
export const JSON_LIMIT_BYTES = 16 * 1024 * 1024;

/** Bodies of operations that take any bytes, once decompressed. */
export const BYTES_LIMIT_BYTES = 2 * 1024 * 1024;

/** Bodies of XML operations, once decompressed, in bytes. */
export const XML_LIMIT_BYTES = 64 * 1024 * 1024;
