// What goes wrong with transactions and conditions elsewhere, and not here: docs/complaints.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError, parseJson } from '@yba/fhir';
import { A, aBundle, anotherServer, aPatient, aResult, B, count, MRN, posted, responses, strict, testRepository, unused, type TestRepository } from './stores.ts'; // prettier-ignore

let store: TestRepository;
before(async () => (store = await testRepository()));
after(() => store.close());

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof OutcomeError ? error.code : String(error)),
  );

/** Makes the next `times` commits that change rows fail with a serialisation error, at the very commit. */
async function failCommits(times: number): Promise<void> {
  const { owner } = store.pools;
  await owner.unsafe(`
    create sequence if not exists commit_attempt;
    select setval('commit_attempt', 1, false);
    create or replace function fail_commit() returns trigger language plpgsql security definer as $$
    begin
      if nextval('commit_attempt') <= ${times} then raise serialization_failure; end if;
      return null;
    end $$;
    drop trigger if exists fail_commit on client_id;
    create constraint trigger fail_commit after insert on client_id deferrable initially deferred
      for each row execute function fail_commit();`);
}

test('1 · a commit that fails with a serialisation error is carried out anew, and the answer tells of that one', async () => {
  await failCommits(1);
  const id = `retried-${unused()}`;
  const text = (
    await store.repository.transaction(
      A,
      aBundle(
        { resource: aPatient({ id }), request: { method: 'PUT', url: `Patient/${id}` } },
        posted(aResult(id)),
      ),
      { ...strict, idempotencyKey: id },
    )
  ).text;
  const [{ last_value: attempts }] = (await store.pools.owner<{ last_value: number }[]>`
    select last_value from commit_attempt`) as unknown as [{ last_value: number }];
  assert.equal(Number(attempts), 2);
  const [patient, result] = responses(text);
  assert.deepEqual([patient!.status, result!.status], ['201 Created', '201 Created']);
  assert.equal(await count(store.repository, A, `Observation?patient=Patient/${id}`), 1);
  const [, , observation] = /(Observation)\/([^/]+)/.exec(result!.location!)!;
  assert.equal((await store.repository.read(A, 'Observation', observation!)).version, 1);
});

test('1 · a commit that fails every time is an error, and nothing of it is there', async () => {
  await failCommits(1000);
  const id = `lost-${unused()}`;
  const bundle = aBundle({ resource: aPatient({ id }), request: { method: 'PUT', url: `Patient/${id}` } });
  assert.equal(await codeOf(store.repository.transaction(A, bundle, strict)), 'transient');
  await failCommits(0);
  assert.equal(await codeOf(store.repository.read(A, 'Patient', id)), 'not-found');
});

test('2 · conditions of a Bundle are answered inside its transaction: of 16 Bundles at once, one creates', async () => {
  const value = unused();
  const bundle = () =>
    aBundle(
      posted(aPatient({ identifier: [{ system: MRN, value }] }), {
        ifNoneExist: `identifier=${MRN}|${value}`,
      }),
      posted({ resourceType: 'Basic', code: { text: unused() } }),
    );
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => store.repository.transaction(A, bundle(), strict)),
  );
  const statuses = answers.map(({ text }) => responses(text)[0]!.status.slice(0, 3)).sort();
  assert.deepEqual(statuses, [...Array<string>(15).fill('200'), '201']);
  assert.equal(await count(store.repository, A, `Patient?identifier=${MRN}|${value}`), 1);
});

test('3 · writers of one resource wait for each other: 32 at once all succeed, none is told to come again', async () => {
  const value = unused();
  const update = () =>
    store.repository.update(A, aPatient({ identifier: [{ system: MRN, value }] }), {
      condition: new URLSearchParams({ identifier: `${MRN}|${value}` }),
    });
  await update();
  const written = await Promise.all(Array.from({ length: 32 }, update));
  assert.deepEqual(
    written.map(({ version }) => version).sort((a, b) => a - b),
    Array.from({ length: 32 }, (_, index) => index + 2),
  );
  const [row] = await store.pools.writer<
    { level: string }[]
  >`select current_setting('default_transaction_isolation') as level`;
  assert.equal(row!.level, 'read committed');
});

test('6 · what is not committed is seen by nobody, and by everybody afterwards', async () => {
  const id = `uncommitted-${unused()}`;
  let seen = '';
  await store.repository.transaction(
    A,
    aBundle({ resource: aPatient({ id }), request: { method: 'PUT', url: `Patient/${id}` } }),
    strict,
    { after: async () => void (seen = await codeOf(store.repository.read(A, 'Patient', id))) },
  );
  assert.equal(seen, 'not-found');
  assert.equal((await store.repository.read(A, 'Patient', id)).version, 1);
  const failing = {
    after: () => Promise.reject(new OutcomeError([{ severity: 'error', code: 'business-rule' }])),
  };
  const update = aBundle({
    resource: aPatient({ id, active: false }),
    request: { method: 'PUT', url: `Patient/${id}` },
  });
  assert.equal(await codeOf(store.repository.transaction(A, update, strict, failing)), 'business-rule');
  assert.equal((await store.repository.read(A, 'Patient', id)).version, 1);
});

test('7 · of 64 conditional creates at once, from two servers, exactly one wins', async () => {
  const second = anotherServer(store);
  const conditions = [
    (value: string) => `identifier=${MRN}|${value}`, // settled by the unique index
    (value: string) => `identifier=http://example.org/other|${value}`, // settled by a lock on the condition
  ];
  for (const condition of conditions) {
    const value = unused();
    const query = condition(value);
    const [system] = query.slice('identifier='.length).split('|');
    const create = (server: typeof second.repository) =>
      server.create(A, aPatient({ identifier: [{ system, value }] }), {
        condition: new URLSearchParams(query),
      });
    const written = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        create(index % 2 === 0 ? store.repository : second.repository),
      ),
    );
    assert.equal(written.filter(({ outcome }) => outcome === 'created').length, 1, query);
    assert.equal(new Set(written.map(({ id }) => id)).size, 1);
    assert.equal(await count(store.repository, A, `Patient?${query}`), 1);
  }
  await second.close();
});

test('8 · two updates of one resource by condition in a Bundle fail it: neither is dropped in silence', async () => {
  const value = unused();
  const put = (active: boolean) => ({
    resource: aPatient({ active, identifier: [{ system: MRN, value }] }),
    request: { method: 'PUT', url: `Patient?identifier=${MRN}|${value}` },
  });
  assert.equal(
    await codeOf(store.repository.transaction(A, aBundle(put(true), put(false)), strict)),
    'invalid',
  );
  assert.equal(await count(store.repository, A, `Patient?identifier=${MRN}|${value}`), 0);
  await store.repository.transaction(A, aBundle(put(true)), strict);
  assert.equal(
    await codeOf(store.repository.transaction(A, aBundle(put(true), put(false)), strict)),
    'invalid',
  );
  const { ids } = {
    ids: await store.repository.search(
      A,
      'Patient',
      new URLSearchParams({ identifier: `${MRN}|${value}` }),
      strict,
    ),
  };
  assert.equal(parseJson(ids.entries[0]!.text!).meta?.versionId, '1');
});

test('11 · the same condition at two hospitals is two conditions', async () => {
  const condition = new URLSearchParams({ identifier: 'http://example.org/shared|7' });
  const create = (context: typeof A) =>
    store.repository.create(
      context,
      aPatient({ identifier: [{ system: 'http://example.org/shared', value: '7' }] }),
      { condition },
    );
  assert.deepEqual(
    [(await create(A)).outcome, (await create(B)).outcome, (await create(A)).outcome],
    ['created', 'created', 'unchanged'],
  );
});

/** Counts the statements that write rows from now on, by a trigger of each table that is fired once a statement. */
async function countStatements(): Promise<() => Promise<number>> {
  const { owner } = store.pools;
  await owner.unsafe(`
    create sequence statements;
    create function count_statement() returns trigger language plpgsql security definer as $$
    begin
      perform nextval('statements');
      return null;
    end $$;
    do $$
    declare
      part regclass;
    begin
      for part in select oid from pg_class where relkind in ('r', 'p') and relname ~ '^(resource|shared_resource|frame|shared_frame|history|feed|identifier|client_id|patient_link)'
      loop
        execute format('create trigger count_statement after insert or update or delete on %s for each statement execute function count_statement()', part);
      end loop;
    end $$;`);
  return async () => {
    const [row] = await owner<{ count: number }[]>`select nextval('statements')::int as count`;
    return row!.count;
  };
}

test('20 · how many statements write a Bundle does not grow with its entries', async () => {
  const counted = await countStatements();
  const statementsOf = async (entries: number) => {
    const subject = `many-${unused()}`;
    const before = await counted();
    await store.repository.transaction(
      A,
      aBundle(
        { resource: aPatient({ id: subject }), request: { method: 'PUT', url: `Patient/${subject}` } },
        ...Array.from({ length: entries }, () => posted(aResult(subject))),
      ),
      strict,
    );
    return (await counted()) - before;
  };
  const few = await statementsOf(2);
  assert.ok(few > 3, 'the statements are counted');
  assert.equal(await statementsOf(200), few);
});

test('21 · two hundred resources written at the same moment of the clock have two hundred ids', async () => {
  const frozen = anotherServer(store);
  const written = await Promise.all(
    Array.from({ length: 200 }, () =>
      store.repository.create(A, { resourceType: 'Basic', code: { text: 'x' } }),
    ),
  );
  assert.equal(new Set(written.map(({ id }) => id)).size, 200);
  await frozen.close();
});
