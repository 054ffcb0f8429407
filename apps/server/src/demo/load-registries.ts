import type { Nation } from '@yba/demonstration';
import type { Context, Resource } from '@yba/fhir';
import { outcomeError } from '@yba/fhir';
import type { Repository } from '@yba/repository';

type Identified = { identifier: { system: string; value: string }[] };

/**
 * Loads facilities and staff as the platform itself; what is there already stays. Answers the id of each
 * Practitioner by licence.
 */
export async function loadRegistries(
  repository: Pick<Repository, 'transaction'>,
  context: Context,
  nation: Nation,
): Promise<ReadonlyMap<string, string>> {
  const { organizations, locations, practitioners, practitionerRoles } = nation;
  const resources = [...organizations, ...locations, ...practitioners, ...practitionerRoles];
  const bundle: Resource = { resourceType: 'Bundle', type: 'transaction', entry: resources.map(entry) };
  const { text } = await repository.transaction(context, bundle, { handling: 'strict' });
  const answers = (JSON.parse(text) as { entry: { response: { location?: string } }[] }).entry;
  const ids = new Map<string, string>();
  for (const [n, resource] of resources.entries()) {
    if (resource.resourceType !== 'Practitioner') continue;
    const id = /Practitioner\/([^/]+)/.exec(answers[n]?.response.location ?? '')?.[1];
    if (!id)
      throw outcomeError('exception', 'The answer to the registries does not tell where a Practitioner is');
    ids.set(identifierOf(resource).value, id);
  }
  return ids;
}

const identifierOf = (resource: Resource) => (resource as unknown as Identified).identifier[0]!;

function entry(resource: Resource) {
  const { system, value } = identifierOf(resource);
  return {
    resource,
    request: {
      method: 'POST',
      url: resource.resourceType,
      ifNoneExist: `identifier=${system}|${encodeURIComponent(value)}`,
    },
  };
}
