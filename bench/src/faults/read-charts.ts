import type { Resource } from '@yba/fhir';
import { PERSON } from '@yba/vietnam';
import { patientOf } from './bodies.ts';
import { shownBy, somebody } from './generate.ts';
import { now, type Recorder } from './history.ts';

/** A system of a hospital that reads charts through the hub. */
export type ChartReader = {
  /** Reads one person's chart and notes what it showed. False when there was no answer: then nothing was read. */
  read(person: number, last?: boolean): Promise<boolean>;
};

export type ReaderOptions = {
  name: string;
  /** Base of the hub as this reader reaches it. */
  url: string;
  facility: string;
  clientId: string;
  clientSecret: string;
  history: Recorder;
  patienceMs: number;
  /** Whether the chart also asks a live source. */
  hasSource: boolean;
};

/** The code of what the live source holds, and its facility. */
export const SOURCE = { code: '33762-6', facility: '48001' };

type Entry = { resource?: Resource & { link?: { relation: string }[] }; search?: { mode?: string } };
type Bundle = { entry?: Entry[]; link?: { relation: string; url: string }[] };

/** A reader that registers the persons at its facility, opens their records and reads them. */
export function chartReader(options: ReaderOptions): ChartReader {
  const { url, history, facility } = options;
  const known = new Map<number, string>();
  let token: string | undefined;

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    token ??= await signIn(options);
    const answer = await fetch(`${url}/fhir${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(options.patienceMs),
    });
    const text = await answer.text();
    if (answer.status === 401) token = undefined;
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
    return { resource: JSON.parse(text) as Resource & Bundle, headers: answer.headers };
  }

  /** The person's Patient of this facility, registered and opened. */
  async function opened(person: number): Promise<string> {
    const held = known.get(person);
    if (held) return held;
    const { number } = somebody(person);
    const { resource } = await call(
      'PUT',
      `/Patient?identifier=${encodeURIComponent(`${PERSON}|${number}`)}`,
      patientOf(facility, person, true),
    );
    const purpose = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' };
    await call('POST', `/Patient/${resource.id}/$open`, {
      resourceType: 'Parameters',
      parameter: [
        { name: 'purpose', valueCoding: purpose },
        { name: 'reason', valueString: 'khám bệnh' },
      ],
    });
    known.set(person, resource.id!);
    return resource.id!;
  }

  return {
    async read(person, last = false) {
      try {
        const patient = await opened(person);
        const began = now();
        const answers = await Promise.all(
          ['Encounter', 'Observation'].map((type) =>
            call('GET', `/${type}?patient=Patient/${patient}&_count=1000`, undefined, {
              prefer: `wait=${last ? 10 : 1}`,
              ...(last ? { 'cache-control': 'no-cache' } : {}),
            }),
          ),
        );
        const entries = answers.flatMap(({ resource }) => resource.entry ?? []);
        const matches = entries.flatMap(({ resource, search }) =>
          resource && search?.mode === 'match' ? [resource] : [],
        );
        const shown = matches.map(shownBy).filter((one) => one !== undefined);
        const declared = answers.some(({ resource }) =>
          resource.link?.some(({ relation }) => relation === 'next'),
        );
        history.note({
          kind: 'read',
          person,
          reader: options.name,
          began,
          shown,
          declared,
          last,
          ...(options.hasSource ? { source: sourceIn(matches, answers[1]!.headers.get('yba-sources')) } : {}),
        });
        return true;
      } catch {
        return false; // no answer is no partial answer
      }
    },
  };
}

function sourceIn(
  matches: readonly Resource[],
  said: string | null,
): { shown: boolean; state: string | undefined } {
  const shown = matches.some((resource) => JSON.stringify(resource['code'] ?? '').includes(SOURCE.code));
  return { shown, state: new RegExp(`"${SOURCE.facility}";state=([a-z]+)`).exec(said ?? '')?.[1] };
}

async function signIn({ url, clientId, clientSecret, patienceMs }: ReaderOptions): Promise<string> {
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const { access_token: given } = (await answer.json()) as { access_token?: string };
  if (!given) throw new Error(`no token: ${answer.status}`);
  return given;
}
