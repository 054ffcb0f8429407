import type { Repository } from '@yba/repository';

type FormerVersion = Awaited<ReturnType<Repository['formerVersions']>>[number];

/** A former version as an entry of a history Bundle, its text as it was stored. Source: https://hl7.org/fhir/R4/http.html#history */
export function versionLine({ type, publicId, version, updated, deleted, text }: FormerVersion): string {
  const entry = {
    request: { method: deleted ? 'DELETE' : version === 1 ? 'POST' : 'PUT', url: `${type}/${publicId}` },
    response: {
      status: deleted ? '204' : version === 1 ? '201' : '200',
      etag: `W/"${version}"`,
      lastModified: updated,
    },
  };
  const line = JSON.stringify(entry);
  return text === undefined ? line : `${line.slice(0, -1)},"resource":${text}}`;
}
