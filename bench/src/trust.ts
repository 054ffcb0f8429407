/**
 * What policy and proof cost over HTTP: the same reads by id, the same charts (the first page of each of six types, of
 * own patients and of those whom another hospital treated too) and the same whole visits, by three doors to one store: with
 * neither, with the policy alone, and with policy, access log and its Merkle tree, as it is served. The doors take turns,
 * round after round, and each is compared with the one before it of the same round, so that whatever else runs on the
 * machine touches all of them alike. Where a door has a log, the tree is brought up to it and its head signed within the
 * measurement.
 *
 *   npm run bench -- trust [--rounds 5] [--reads 10000] [--charts 500] [--visits 300] [--screens 8] [--only charts]
 */
import { fork } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Visit } from '@yba/demonstration';
import { resourceTypes, searchParameters } from '@yba/fhir';
import { createHttp } from '@yba/http';
import { recordLinks, resolvePersons } from '@yba/client-registry';
import { startEmbedded, toOutcome } from '@yba/postgres';
import { createRepository, facilityNumber, type Ports } from '@yba/repository';
import { startPlatform } from '@yba/server/testing';
import type { Asked, Asking } from './load/asker.ts';
import { newVisits } from './load/new-visits.ts';
import { machine } from './load/platform.ts';
import { cpuMsOf } from './load/processor-time.ts';
import { httpRequest } from './load/send.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    reads: { type: 'string', default: '10000' },
    charts: { type: 'string', default: '500' },
    visits: { type: 'string', default: '300' },
    screens: { type: 'string', default: '8' },
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(options.rounds);
const screens = Number(options.screens);
const CHART = [
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'Observation',
  'Encounter',
  'DiagnosticReport',
];
/** How long those who follow feed and log have for what the work left them, in ms: longer than any but the alerts rest. */
const AFTERWARDS_MS = 1_500;

const DOORS = ['neither', 'policy', 'served'] as const;
type Door = (typeof DOORS)[number];
type Figure = { wallMs: number; cpuMs: number; count: number };

/** A kind of work: so many requests by so many connections, counted as `units`. */
type Work = { name: string; unit: string; perUnit: number; next(): string[][] };

const dataDir = mkdtempSync(join(tmpdir(), 'yba-bench-'));
const database = await startEmbedded({ dataDir });
const server = await startPlatform({ databaseUrl: database.url, config: { dataDir } });
const { platform, pools } = server;
const say = (line: string) => process.stdout.write(`${line}\n`);
const closing: (() => Promise<void>)[] = [];

try {
  const [{ postmaster }] = (await pools.owner`
    select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as postmaster`) as never as [
    { postmaster: number },
  ];
  const cpuMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 + cpuMsOf(postmaster);
  };
  const doors = Object.fromEntries(
    await Promise.all(DOORS.map(async (door) => [door, await openDoor(door)] as const)),
  ) as Record<Door, string>;
  const works = (await prepared(doors.served)).filter(({ name }) => name.includes(options.only));
  for (const work of works) {
    const figures: Record<Door, Figure[]> = { neither: [], policy: [], served: [] };
    for (let round = 0; round <= rounds; round++)
      for (const door of round % 2 ? DOORS : DOORS.toReversed()) {
        const figure = await measure(cpuMs, doors[door], work, door === 'served');
        if (round > 0) figures[door].push(figure); // the first warms plans and code
      }
    table(work, figures);
  }
  say(`machine     ${machine()}`);
} finally {
  for (const close of closing) await close();
  await server.stop();
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** A door to the store like the platform's own, without its policy, its log, or both. */
async function openDoor(door: Door): Promise<string> {
  const all = async (
    context: { caller: { facility?: string } },
    { patients = [] }: { patients?: readonly string[] },
  ) => ({
    ...(context.caller.facility ? { facility: context.caller.facility } : {}),
    patients,
    self: false,
  });
  const nothing: Ports['audit'] = { read: async () => {}, write: async () => {} };
  const repository = createRepository({
    pools,
    baseUrl: `${server.url}/fhir`,
    ports: {
      decide: door === 'neither' ? all : platform.decide,
      persons: { resolve: resolvePersons, linked: recordLinks },
      audit: door === 'served' ? platform.audit.ports : nothing,
    },
  });
  const http = await createHttp({
    interactions: repository,
    capabilities: [],
    authenticate: platform.access.authenticate,
    baseUrl: server.url,
    resourceTypes,
    about: { version: 'bench', date: new Date().toISOString(), searchParameters, updateCreate: true },
    health: { check: async () => {}, about: { version: 'bench', demo: false } },
    translate: toOutcome,
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => http.close());
  return `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`;
}

/** Loads visits, and says what is asked of them. */
async function prepared(url: string): Promise<Work[]> {
  const known = Number(options.charts) * 2;
  const sent = Number(options.visits) * (rounds + 1) * DOORS.length;
  const visits = newVisits(known + sent);
  const tokens = new Map<string, string>();
  for (const { facility } of visits)
    if (!tokens.has(facility))
      tokens.set(facility, await server.facilityToken(facility, `Bệnh viện ${facility}`));
  const post = ({ facility, bundle }: Visit) =>
    httpRequest('/fhir', tokens.get(facility)!, JSON.stringify(bundle), [
      'Prefer: handling=lenient',
    ]).toString('latin1');
  const inTurn = (list: readonly string[], connections: number) =>
    Array.from({ length: connections }, (_, n) => list.filter((_, at) => at % connections === n));
  await ask(url, inTurn(visits.splice(0, known).map(post), 8));

  const rows = await pools.owner<{ id: string; facility: string }[]>`
    select patient as id, facility from patient_link order by patient`;
  const elsewhere = [...tokens.keys()].at(-1)!;
  const patients = rows.filter(({ facility }) => Number(facility) !== facilityNumber(elsewhere));
  // another hospital treats them too: their charts are open to it
  await pools.owner`
    insert into care_relationship (patient, facility, kind, resource)
    select patient, ${facilityNumber(elsewhere)}, 'encounter', 'Encounter/' || patient from patient_link
    where facility <> ${facilityNumber(elsewhere)}`;
  await pools.owner`analyze`;
  const tokenOf = (facility: number) => [...tokens].find(([code]) => facilityNumber(code) === facility)![1];
  const get = (path: string, token: string) =>
    `GET ${path} HTTP/1.1\r\nHost: yba\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const chart = (id: string, token: string) =>
    CHART.map((type) => get(`/fhir/${type}?patient=${id}&_count=50`, token));
  /** Charts as a screen opens them: its six requests at once, by six connections; several screens side by side. */
  const charts = (token: (facility: number) => string) => () => {
    const queues = Array.from({ length: screens * CHART.length }, (): string[] => []);
    for (let n = 0; n < Number(options.charts); n++) {
      const { id, facility } = patients[n % patients.length]!;
      chart(id, token(Number(facility))).forEach((request, at) =>
        queues[(n % screens) * CHART.length + at]!.push(request),
      );
    }
    return queues;
  };
  const ids = await pools.owner<{ id: string; facility: string }[]>`
    select coalesce(client_id, id::text) as id, facility from resource
    where type = (select type from resource group by type order by count(*) desc limit 1) limit 5000`;
  const read = (token: (facility: number) => string) => () =>
    inTurn(
      Array.from({ length: Number(options.reads) }, () => {
        const { id, facility } = ids[Math.floor(Math.random() * ids.length)]!;
        return get(`/fhir/Observation/${id}`, token(Number(facility)));
      }),
      64,
    );
  const fresh = visits.map(post);
  say(
    `dataset     ${ids.length} Observations to read, ${patients.length} charts, ${visits.length} visits of 20 to 30 resources to send`,
  );
  return [
    {
      name: 'whole visits',
      unit: 'visit',
      perUnit: 1,
      next: () => inTurn(fresh.splice(0, Number(options.visits)), 16),
    },
    { name: 'own charts', unit: 'chart', perUnit: CHART.length, next: charts(tokenOf) },
    {
      name: 'opened charts',
      unit: 'chart',
      perUnit: CHART.length,
      next: charts(() => tokens.get(elsewhere)!),
    },
    { name: 'reads by id', unit: 'read', perUnit: 1, next: read(tokenOf) },
    { name: 'opened reads', unit: 'read', perUnit: 1, next: read(() => tokens.get(elsewhere)!) },
  ];
}

async function ask(url: string, queues: string[][]): Promise<Asked> {
  const child = fork(join(import.meta.dirname, 'load', 'asker.ts'));
  child.send({ url, queues } satisfies Asking);
  return new Promise((resolve, reject) => {
    child.once('message', (asked) => resolve(asked as Asked));
    child.once('exit', (code) => reject(new Error(`the asking process ended with ${code}`)));
  });
}

/** The work at a door with what it makes others do afterwards, and, where it logs, everything in the tree under a signed head. */
async function measure(cpuMs: () => number, url: string, work: Work, logs: boolean): Promise<Figure> {
  const queues = work.next();
  const count = queues.reduce((sum, queue) => sum + queue.length, 0) / work.perUnit;
  const before = cpuMs();
  const asked = await ask(url, queues);
  if (logs) await platform.seal();
  await sleep(AFTERWARDS_MS);
  return { wallMs: asked.seconds * 1000, cpuMs: cpuMs() - before + asked.cpuMs, count };
}

function table({ name, unit }: Work, all: Record<Door, Figure[]>): void {
  const per = ({ cpuMs, count }: Figure) => cpuMs / count;
  const more = (door: Door, than: Door, of: (figure: Figure) => number) => {
    const rounds = all[door].map((figure, round) => 100 * (of(figure) / of(all[than][round]!)) - 100);
    return `${signed(quantile(rounds, 0.5))} (${signed(quantile(rounds, 0.25))} to ${signed(quantile(rounds, 0.75))})`;
  };
  const both = (door: Door, than: Door) =>
    `${more(door, than, per)} processor, ${more(door, than, ({ wallMs, count }) => wallMs / count)} time`;
  for (const door of DOORS) {
    const perSecond = median(all[door].map(({ wallMs, count }) => (count * 1000) / wallMs));
    const against = {
      neither: '',
      policy: `; policy: ${both('policy', 'neither')}`,
      served: `; log and tree: ${both('served', 'policy')}`,
    }[door];
    say(
      `${name.padEnd(14)}${door.padEnd(8)} ${(median(all[door].map(per)) * 1000).toFixed(0).padStart(6)} µs of processor a ${unit}, ${perSecond.toFixed(0)}/s${against}`,
    );
  }
}

function signed(percent: number): string {
  return `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.round((values.length - 1) * share)] ?? 0;
}
