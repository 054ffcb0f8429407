import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Caller, type Context, parseJson, type Resource } from '@yba/fhir';
import { feedShowsAll, testRepository, type TestRepository } from '@yba/repository/testing';
import { COMMUNE, extension, FACILITY, LICENCE, PROVINCE } from '@yba/vietnam';
import { createRegistry, type Registry, type RegistryOptions } from './create-registry.ts';

/** Now, in the tests. */
export const NOW = new Date('2026-11-24T10:30:00+07:00');

export const asPlatform = (job: string): Context => ({
  caller: { role: 'platform', client: 'yba', subject: 'client/yba', name: 'Y Bạ', scopes: [] },
  requestId: job,
});

export const ministry: Context = {
  caller: {
    role: 'ministry',
    client: 'yba-command',
    subject: 'account/1',
    name: 'Bùi Thanh Hà',
    scopes: [],
  } as Caller,
  requestId: 'test',
};

type Parameter = { name: string; part?: Parameter[]; resource?: Resource; [value: string]: unknown };

/** An answer as tests look at it. */
export type Told = {
  all: Parameter[];
  value(name: string): unknown;
  list(name: string): Record<string, unknown>[];
};

const valueOf = (of: Parameter | undefined): unknown =>
  of && Object.entries(of).find(([key]) => key.startsWith('value'))?.[1];

const recordOf = (parts: readonly Parameter[]): Record<string, unknown> =>
  Object.fromEntries(parts.map((one) => [one.name, one.part ? recordOf(one.part) : valueOf(one)]));

/** Stands for the conformance kit, which has its own tests: a Bundle with an Encounter is a visit, sex in Vietnamese an error. */
const judged: RegistryOptions['conform'] = async (files) => {
  const texts = files.map(({ bytes }) => Buffer.from(bytes).toString());
  const wrong = texts.filter((text) => text.includes('"nữ"')).length;
  const words = { vi: 'Ghi female.', en: 'Write female.' };
  return {
    resources: files.length,
    dossiers: 0,
    messages: 0,
    visits: texts.filter((text) => text.includes('"Encounter"')).length,
    errors: wrong,
    warnings: 0,
    findings: Array.from({ length: wrong }, () => ({
      severity: 'error',
      rule: 'fhir-code',
      title: words,
      source: 'FHIR R4',
      file: 'bundle[1]',
      path: 'Bundle.entry[0].resource.gender',
      found: words,
      fix: words,
    })),
    report: [],
  };
};

/** A directory on a database of its own. */
export type World = TestRepository & {
  registry: Registry;
  /** Where hand-overs are written. */
  folder: string;
  /** Calls an operation of the capability. */
  call(code: string, asked?: Record<string, string>, context?: Context, more?: Parameter[]): Promise<Told>;
  settled(): Promise<void>;
};

export async function aWorld(over: Partial<RegistryOptions> = {}): Promise<World> {
  const store = await testRepository();
  const { repository } = store;
  const folder = mkdtempSync(join(tmpdir(), 'yba-hand-over-'));
  const registry = createRegistry({
    sql: store.pools.owner,
    baseUrl: 'http://hub.example',
    repository,
    decide: store.ports.decide,
    readMany: async (type, ids) => [...(await repository.current(ids.map((id) => `${type}/${id}`))).values()],
    asPlatform,
    log: async (event) => void store.events.push(event),
    accountsOf: async () => [],
    visitsOf: async () => [],
    clients: {
      register: async (facility) => ({ clientId: `${facility.toLowerCase()}-1`, clientSecret: 'shown once' }),
      set: async () => {},
    },
    conform: judged,
    authenticate: async () => ministry.caller,
    folder,
    now: () => NOW,
    ...over,
  });
  return {
    ...store,
    registry,
    folder,
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
    async call(code, asked = {}, context = ministry, more = []) {
      const operation = registry.capability.operations!.find((one) => one.code === code)!;
      const parameter = [
        ...Object.entries(asked).map(([name, valueString]) => ({ name, valueString })),
        ...more,
      ];
      const answer = await operation.handle({
        context,
        query: new URLSearchParams(operation.methods.includes('POST') ? {} : asked),
        headers: {},
        ...(operation.methods.includes('POST') ? { body: { resourceType: 'Parameters', parameter } } : {}),
      });
      const all = (answer.resource as { parameter?: Parameter[] }).parameter ?? [];
      return {
        all,
        value: (name) => valueOf(all.find((each) => each.name === name)),
        list: (name) => all.filter((each) => each.name === name).map(({ part }) => recordOf(part ?? [])),
      };
    },
    async settled() {
      await feedShowsAll(store.pools);
      for (const subscriber of registry.subscribers) while (await repository.advance(subscriber));
      await logShown(store.pools.owner);
      await registry.catchUp();
    },
  };
}

const coded = (name: string, system: string, version: string, code: string) => ({
  url: extension(name),
  valueCoding: { system, version, code },
});

/** A facility whose address had a place in the list of 2024 and one in that of 2026. */
export function aFacility(
  code: string,
  name: string,
  { before, after, partOf }: { before: string; after: string; partOf?: string },
): Resource {
  return parseJson(
    JSON.stringify({
      resourceType: 'Organization',
      active: true,
      identifier: [{ system: FACILITY, value: code, period: { start: '2015-01-01' } }],
      name,
      address: [
        { extension: [coded('commune', COMMUNE, '2026', after)], period: { start: '2025-07-01' } },
        {
          use: 'old',
          extension: [coded('province', PROVINCE, '2024', before)],
          period: { end: '2025-06-30' },
        },
      ],
      ...(partOf ? { partOf: { identifier: { system: FACILITY, value: partOf } } } : {}),
    }),
  );
}

export const aDoctor = (licence: string, text: string): Resource => ({
  resourceType: 'Practitioner',
  identifier: [{ system: LICENCE, value: licence }],
  name: [{ text }],
  qualification: [
    {
      identifier: [{ system: LICENCE, value: licence }],
      code: { text: 'Khám bệnh, chữa bệnh' },
      period: { end: '2031-12-31' },
    },
  ],
});

/** Waits until the access log shows all that is committed: nothing younger than what other databases of the cluster write. */
async function logShown(owner: World['pools']['owner']): Promise<void> {
  for (;;) {
    const [row] = await owner<{ hidden: number }[]>`
      select count(*)::int as hidden from access_log where xid >= pg_snapshot_xmin(pg_current_snapshot())`;
    if (row!.hidden === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
