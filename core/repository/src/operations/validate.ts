import { OutcomeError, outcomeError, parseJson, resourceTypes, validate, validateFor } from '@yba/fhir';
import type { Context, Interactions, ProfileSource, Resource, ValidateForOptions } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { given } from './parameters.ts';

const MODES = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof MODES)[number];

/** The profiles that are in force for whoever asks. */
export type ProfilesFor = (context: Context) => Promise<ProfileSource | undefined>;

/**
 * `$validate` of a resource in the body or of one that is stored: always an OperationOutcome, nothing is written.
 * Parameters: resource, mode, profile. Source: https://hl7.org/fhir/R4/resource-operation-validate.html
 */
export function validateOperations(interactions: Interactions, profilesFor: ProfilesFor): Operation[] {
  const definition = 'http://hl7.org/fhir/OperationDefinition/Resource-validate';
  const handle = (request: OperationRequest) => check(interactions, profilesFor, request);
  const shape = {
    code: 'validate',
    forApps: true,
    methods: ['GET', 'POST'] as const,
    trusts: 'nothing' as const,
    definition,
  };
  return [
    { ...shape, on: { type: '*' }, handle },
    { ...shape, on: { type: '*', instance: true }, handle },
  ];
}

async function check(
  interactions: Interactions,
  profilesFor: ProfilesFor,
  { context, type, id, query, body }: OperationRequest,
): Promise<OperationResponse> {
  if (!resourceTypes.has(type!)) throw outcomeError('not-found', `${type} is not a FHIR R4 resource type`);
  const isWrapped = body?.resourceType === 'Parameters' && type !== 'Parameters';
  if (isWrapped) checkShell(body);
  const parameters = given(query, isWrapped ? body : undefined, ['resource', 'mode', 'profile']);
  const mode = modeOf(parameters.one('mode'));
  const sent = isWrapped ? parameters.resource('resource') : body;
  const resource = sent ?? (await storedOne(interactions, context, type!, id));
  if (resource.resourceType !== type) {
    throw outcomeError(
      'invalid',
      `The URL says ${type}, the resource is a ${resource.resourceType}`,
      `${resource.resourceType}.resourceType`,
    );
  }
  const profile = parameters.one('profile');
  const profiles = await profilesFor(context);
  const asked = { ...(mode ? { mode } : {}), ...(profile ? { profile } : {}), ...(id ? { id } : {}) };
  return { resource: judged(resource, { ...asked, ...(profiles ? { profiles } : {}) }) };
}

/** A profile that is not known is a fault of the question, not of the address. */
function judged(resource: Resource, options: ValidateForOptions) {
  try {
    return validateFor(resource, options);
  } catch (error) {
    if (!(error instanceof OutcomeError) || error.code !== 'not-found') throw error;
    throw outcomeError('invalid', error.message, 'profile');
  }
}

/** The parameters apart from the resource in them, which is what is to be judged. */
function checkShell(parameters: Resource): void {
  const list: unknown[] = Array.isArray(parameters['parameter']) ? parameters['parameter'] : [];
  const faults = validate({
    ...parameters,
    ...(list.length > 0
      ? {
          parameter: list.map((one) => (carriesResource(one) ? { name: one.name, valueBoolean: true } : one)),
        }
      : {}),
  }).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (faults.length > 0) throw new OutcomeError(faults);
}

function carriesResource(parameter: unknown): parameter is { name?: string; resource: Resource } {
  const { resource } = (parameter ?? {}) as { resource?: { resourceType?: unknown } | null };
  return typeof resource?.resourceType === 'string';
}

function modeOf(text: string | undefined): Mode | undefined {
  const mode = MODES.find((one) => one === text);
  if (text === undefined || mode) return mode;
  throw outcomeError('invalid', `mode is one of ${MODES.join(', ')}, not “${text}”`, 'mode');
}

async function storedOne(
  interactions: Interactions,
  context: Context,
  type: string,
  id: string | undefined,
): Promise<Resource> {
  if (id) return parseJson((await interactions.read(context, type, id)).text);
  throw outcomeError('required', 'Send the resource that is to be validated', 'Parameters.parameter');
}
