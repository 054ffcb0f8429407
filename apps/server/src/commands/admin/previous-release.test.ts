// What the previous release answered, this one answers from the same database, upgraded.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Context, PageEntry } from '@yba/fhir';
import { upgrade } from '@yba/postgres';
import { previousRelease } from '@yba/postgres/testing';
import type { Before } from '@yba/postgres/testing';
import { FEED_START, verify } from '@yba/repository';
import { asPlatform } from '../../serve/platform-reads.ts';
import { createParts } from '../../serve/parts.ts';
import type { Parts } from '../../serve/parts.ts';
import { closePools, openPools } from '../../serve/pools.ts';
import type { DatabasePools } from '../../serve/pools.ts';

const platform = asPlatform('upgrade');
const silent = { progress: () => {} };
const digest = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 12);
const parted = (reference: string) => reference.split('/') as [type: string, id: string];

const dataDir = mkdtempSync(join(tmpdir(), 'yba-previous-'));
let database: Awaited<ReturnType<typeof previousRelease>>;
let pools: DatabasePools;
let parts: Parts;
let was: Before;

before(async () => {
  database = await previousRelease();
  was = database.before;
  pools = openPools(database.url);
  await upgrade(pools.owner, { ...silent, batch: 200 });
  parts = await createParts({
    config: { demo: undefined, vneid: undefined, dataDir } as Parameters<typeof createParts>[0]['config'],
    address: { host: '127.0.0.1', port: 0, baseUrl: 'http://localhost' },
    pools,
    personas: () => [],
    onError: (error) => assert.fail(error as Error),
  });
});

after(async () => {
  await closePools(pools);
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

function system(facility: string): Context {
  const client = `his-${facility}`;
  return {
    caller: {
      role: 'system',
      client,
      subject: `client/${client}`,
      name: 'HIS',
      facility,
      scopes: ['system/*.cruds'],
    },
    requestId: 'upgrade',
  };
}

test('every resource reads as before', async () => {
  const now: Before['reads'] = {};
  for (const [reference, [version]] of Object.entries(was.reads)) {
    const text = await parts.repository
      .read(platform, ...parted(reference))
      .then((stored) => stored.text)
      .catch((error: { code?: string }) => String(error.code));
    now[reference] = [version, digest(text)];
  }
  assert.deepEqual(now, was.reads);
});

test('every history is as before', async () => {
  const now: Before['histories'] = {};
  for (const reference of Object.keys(was.histories)) {
    const page = await parts.repository.history(
      platform,
      ...parted(reference),
      new URLSearchParams('_count=1000'),
    );
    now[reference] = page.entries.map(({ text }) => (text ? digest(text) : 'deleted'));
  }
  assert.deepEqual(now, was.histories);
});

test('every search finds what it found', async () => {
  const now: Before['searches'] = {};
  for (const asked of Object.keys(was.searches)) {
    const [facility, type, query] = asked.split(/[ ?]/) as [string, string, string];
    const page = await parts.repository.search(system(facility), type, new URLSearchParams(query), {
      handling: 'strict',
    });
    now[asked] = [page.entries.length, digest(page.entries.map(versionOf).sort().join('\n'))];
  }
  assert.deepEqual(now, was.searches);
});

function versionOf({ text }: PageEntry): string {
  const { resourceType, id, meta } = JSON.parse(text!) as {
    resourceType: string;
    id: string;
    meta: { versionId: string };
  };
  return `${resourceType}/${id}/${meta.versionId}`;
}

test('the feed tells the same changes in the same order', async () => {
  const told: string[] = [];
  for (let cursor = FEED_START; ;) {
    const entries = await parts.repository.feed(cursor, 1000);
    for (const { type, id, version, action, facility } of entries)
      told.push(`${type}/${id}/${version}/${action}/${facility}`);
    if (entries.length === 0) break;
    cursor = entries.at(-1)!.cursor;
  }
  assert.deepEqual([told.length, digest(told.join('\n'))], was.feed);
});

test('a submission that was answered then is not filed again', async () => {
  const [count] = await pools.owner<{ count: number }[]>`select count(*) from resource`;
  const { duplicate } = await parts.repository.transaction(
    system('01901'),
    {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: {
            resourceType: 'Observation',
            status: 'final',
            code: { text: 'một lần' },
            subject: { reference: 'Patient/bn-0001' },
          },
          request: { method: 'POST', url: 'Observation' },
        },
      ],
    },
    { handling: 'strict', idempotencyKey: 'fixture-1', bodyHash: 'h' },
  );
  assert.ok(duplicate);
  assert.deepEqual(
    await pools.owner<{ count: number }[]>`select count(*) from resource`.then(([row]) => row),
    count,
  );
});

test('new versions are written over the old ones, and all of it verifies', async () => {
  const [reference] = Object.keys(was.histories).filter((each) => each.startsWith('Observation/'));
  const [type, id] = parted(reference!);
  const { text, version } = await parts.repository
    .read(platform, type, id)
    .catch(() => ({ text: '', version: 0 }));
  if (version > 0) {
    const written = await parts.repository.update(system('01901'), {
      ...JSON.parse(text),
      note: [{ text: 'mới' }],
    });
    assert.equal(written.version, version + 1);
  }
  assert.deepEqual((await verify(pools.owner, silent)).problems, []);
});
