import { OutcomeError, outcomeError } from '@yba/fhir';
import { keepIdentity, type Identity, readIdentity } from '../folder/identity.ts';
import { openDataFolder } from '../folder/data-folder.ts';
import { makeKey } from './keys.ts';
import { reasonOf } from './hub-client.ts';

const TIMEOUT_MS = 30_000;

/**
 * Enrols the edge at a hub: makes a key pair, whose private half stays in the folder, and redeems the one-time code for a
 * registration of the public half. Throws OutcomeError with what the hub said.
 */
export async function enrol(folder: string, hub: string, code: string, now = Date.now()): Promise<Identity> {
  openDataFolder(folder);
  const base = hub.replace(/\/+$/, '');
  const before = readIdentity(folder);
  if (before)
    throw outcomeError(
      'conflict',
      `This folder is enrolled already as ${before.clientId} of ${before.facilityName} at ${before.hub}. Name another folder with --data, or remove identity.json to enrol anew; the outbox stays.`,
    );
  const key = await makeKey(now);
  const told = (await post(`${base}/oauth/enrol`, { code, jwks: { keys: [key.public] } })) as {
    client_id: string;
    facility: string;
    facility_name: string;
    token_endpoint: string;
    fhir_base: string;
  };
  const identity: Identity = {
    hub: base,
    facility: told.facility,
    facilityName: told.facility_name,
    clientId: told.client_id,
    tokenEndpoint: told.token_endpoint,
    fhirBase: told.fhir_base,
    key,
  };
  keepIdentity(folder, identity);
  return identity;
}

/**
 * Makes a new key and tells the hub, by a token of the key in use. The new one is on the disk before the hub hears of it, so
 * that whichever the hub knows after a crash, the edge has it. Throws OutcomeError.
 */
export async function renewKey(
  identity: Identity,
  token: () => Promise<string>,
  keep: (identity: Identity) => void,
  now: number,
): Promise<void> {
  const nextKey = identity.nextKey ?? (await makeKey(now));
  keep({ ...identity, nextKey });
  await post(`${identity.hub}/oauth/enrol/key`, { jwks: { keys: [nextKey.public] } }, await token());
  const { nextKey: _, ...rest } = identity;
  keep({ ...rest, key: nextKey });
}

async function post(url: string, body: object, token?: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw outcomeError(
      'transient',
      `${url} cannot be reached (${reasonOf(cause)}). Check the address, the network and the firewall.`,
    );
  }
  const answer = (await response.json().catch(() => ({}))) as {
    error_description?: string;
    issue?: OutcomeError['issues'];
  };
  if (response.ok) return answer;
  if (answer.issue) throw new OutcomeError(answer.issue);
  throw outcomeError('processing', answer.error_description ?? `The hub answered ${response.status}`);
}
