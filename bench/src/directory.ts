/**
 * How soon the directory answers while one types, with the nation's 14,000 facilities and 500,000 members of staff: p50,
 * p95 and p99 of `$find-in-directory` for what people type, letter by letter. The entries are put into the index by what the
 * feed's subscriber uses, past the store; client, server and database are on this machine together, HTTP is left out.
 *
 *   npm run bench -- directory [--facilities 14000] [--staff 500000] [--people 300]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { createRegistry, facilityEntry, keepEntries, keepPosts, postOf, staffEntry } from '@yba/registry';
import type { Resource } from '@yba/fhir';
import { contextOf, testRepository } from '@yba/repository/testing';
import { COMMUNE, extension, FACILITY, LICENCE } from '@yba/vietnam';
import { communes } from '@yba/vietnam/data';
import { chanceOf } from './linkage/chance.ts';
import { linkageRecords } from './linkage/generate.ts';

const { values } = parseArgs({
  options: {
    facilities: { type: 'string', default: '14000' },
    staff: { type: 'string', default: '500000' },
    people: { type: 'string', default: '300' },
  },
});
const [facilities, staff, people] = [Number(values.facilities), Number(values.staff), Number(values.people)];
const BATCH = 2_000;
const print = (line: string) => process.stdout.write(`${line}\n`);
const none = () => Promise.reject(new Error('not asked here'));

const store = await testRepository();
try {
  const { owner } = store.pools;
  print(`machine    ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
  const began = performance.now();
  const names = { facilities: await loadFacilities(), staff: await loadStaff() };
  await owner.unsafe('vacuum analyze directory_entry, directory_key, directory_post');
  const [size] = await owner<{ entries: number; keys: number; bytes: string }[]>`
    select (select count(*)::int from directory_entry) as entries, (select count(*)::int from directory_key) as keys,
      pg_size_pretty(pg_total_relation_size('directory_entry') + pg_total_relation_size('directory_key')
        + pg_total_relation_size('directory_post')) as bytes`;
  print(
    `directory  ${size!.entries} entries, ${size!.keys} keys, ${size!.bytes}; made in ${Math.round((performance.now() - began) / 1000)} s`,
  );
  const find = createRegistry({
    baseUrl: 'http://localhost',
    sql: owner,
    repository: store.repository,
    decide: store.ports.decide,
    readMany: none,
    asPlatform: () => contextOf('01901'),
    log: none,
    accountsOf: none,
    visitsOf: none,
    clients: { register: none, set: none },
    conform: none,
    authenticate: none,
    folder: '',
  }).capability.operations!.find(({ code }) => code === 'find-in-directory')!;
  const ask = async (kind: string, text: string) => {
    const query = new URLSearchParams({ kind, text });
    const { resource } = await find.handle({ context: contextOf('01901'), query, headers: {} });
    return ((resource as { parameter: { name: string }[] }).parameter ?? []).length - 1;
  };
  for (const kind of ['facility', 'staff'] as const) {
    const all = kind === 'facility' ? names.facilities : names.staff;
    const typed = sampled(all).flatMap((name) => keystrokes(name));
    for (const text of typed.slice(0, 200)) await ask(kind, text);
    await measure(`${kind}, letter by letter`, typed, 1, (text) => ask(kind, text));
    await measure(`${kind}, letter by letter`, typed, 8, (text) => ask(kind, text));
  }
  const common = [
    'n',
    'ng',
    'nguyen',
    'nguyen thi',
    'nguyen van',
    'thi h',
    'tran thi',
    'h n',
    'le v',
    'van a',
  ];
  await measure(
    'staff, the commonest beginnings',
    Array.from({ length: 20 }, () => common).flat(),
    1,
    (text) => ask('staff', text),
  );
} finally {
  await store.close();
}

async function loadFacilities(): Promise<string[]> {
  const units = communes();
  const names: string[] = [];
  await inBatches(facilities, async (from, to) => {
    const resources: Resource[] = [];
    for (let n = from; n < to; n++) {
      const unit = units[n % units.length]!;
      const kind = ['Trạm Y tế', 'Phòng khám Đa khoa', 'Bệnh viện Đa khoa', 'Nhà hộ sinh', 'Trung tâm Y tế'][
        n % 5
      ]!;
      const name = `${kind} ${unit.fullName}${n >= units.length ? ` ${Math.floor(n / units.length) + 1}` : ''}`;
      names.push(name);
      resources.push({
        resourceType: 'Organization',
        id: `f${n}`,
        identifier: [{ system: FACILITY, value: codeOf(n) }],
        name,
        address: [
          {
            extension: [
              {
                url: extension('commune'),
                valueCoding: { system: COMMUNE, version: '2026', code: unit.code },
              },
            ],
          },
        ],
      });
    }
    await keep(resources, facilityEntry);
  });
  return names;
}

function codeOf(n: number): string {
  return `${String(1 + (n % 96)).padStart(2, '0')}${Math.floor(n / 96)
    .toString(36)
    .toUpperCase()
    .padStart(3, '0')}`;
}

async function loadStaff(): Promise<string[]> {
  const names: string[] = [];
  const records = linkageRecords(7, staff * 3)[Symbol.iterator]();
  await inBatches(staff, async (from, to) => {
    const [practitioners, roles]: [Resource[], Resource[]] = [[], []];
    for (let n = from; n < to; n++) {
      let record = records.next().value;
      while (record && !record.name) record = records.next().value;
      const text = record?.name ?? `Nguyễn Văn ${n}`;
      names.push(text);
      practitioners.push({
        resourceType: 'Practitioner',
        id: `s${n}`,
        identifier: [{ system: LICENCE, value: `${String(n).padStart(6, '0')}/HNO-GPHN` }],
        name: [{ text }],
      });
      roles.push({
        resourceType: 'PractitionerRole',
        id: `r${n}`,
        practitioner: { reference: `Practitioner/s${n}` },
        organization: { reference: `Organization/f${n % facilities}` },
        code: [{ text: n % 3 === 0 ? 'Bác sĩ' : 'Điều dưỡng' }],
      });
    }
    await keep(practitioners, staffEntry);
    const posts = roles.map(postOf).filter((one) => one !== undefined);
    await store.pools.owner.begin((tx) =>
      keepPosts(
        tx,
        posts.map(({ resource }) => resource),
        posts,
      ),
    );
  });
  return names;
}

async function keep(resources: readonly Resource[], entryOf: typeof staffEntry): Promise<void> {
  const entries = resources.map(entryOf).filter((one) => one !== undefined);
  await store.pools.owner.begin((tx) =>
    keepEntries(
      tx,
      entries.map(({ resource }) => resource),
      entries,
    ),
  );
}

async function inBatches(count: number, load: (from: number, to: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += BATCH) await load(from, Math.min(count, from + BATCH));
}

function sampled(all: readonly string[]): string[] {
  const { next } = chanceOf(3);
  return Array.from({ length: people }, () => all[Math.floor(next() * all.length)]!);
}

/** What is in the box after each letter, for half of the people typed without marks. */
function keystrokes(name: string): string[] {
  const bare = name
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd');
  const text = name.length % 2 === 0 ? bare : name.normalize('NFC');
  return Array.from({ length: Math.min(text.length, 18) }, (_, n) => text.slice(0, n + 1));
}

async function measure(
  name: string,
  questions: readonly string[],
  atOnce: number,
  ask: (text: string) => Promise<number>,
): Promise<void> {
  const latenciesMs: number[] = [];
  let [next, answered] = [0, 0];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < questions.length) {
        const question = questions[next++]!;
        const began = performance.now();
        if ((await ask(question)) > 0) answered++;
        latenciesMs.push(performance.now() - began);
      }
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * share)]!.toFixed(1);
  print(
    `${name}, ${atOnce} at once: ${Math.round(questions.length / seconds)}/s, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms; ${answered} of ${questions.length} found somebody`,
  );
}
