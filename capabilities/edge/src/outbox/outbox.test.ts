import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, beforeEach, describe, test } from 'node:test';
import { OutcomeError } from '@yba/fhir';
import type { NewMessage } from './message.ts';
import { Outbox } from './outbox.ts';

const MB = 1_000_000;
const root = mkdtempSync(join(tmpdir(), 'outbox-'));
after(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let made = 0;
beforeEach(() => (folder = mkdtempSync(join(root, `${++made}-`))));

const open = (limitBytes = 100 * MB, at = folder) => new Outbox({ folder: at, limitBytes, reserveBytes: 0 });
const message = (id: string, over: Partial<NewMessage> = {}): NewMessage => ({
  id,
  patient: 'BN1',
  event: 'visit',
  source: 'fhir',
  origin: '',
  text: `{"id":"${id}"}`,
  ...over,
});
const ids = (outbox: Outbox, busy: string[] = []) => outbox.toSend(10, new Set(busy)).map(({ id }) => id);
const isCode = (code: string) => (error: unknown) => error instanceof OutcomeError && error.code === code;

describe('what was answered for', () => {
  test('is there after the process dies at any moment: the files as they are at the answer hold it', async () => {
    const outbox = open();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => outbox.keep(message(`m${n}`, { patient: `BN${n}` }))),
    );
    const copy = mkdtempSync(join(root, 'killed-'));
    for (const file of ['outbox.db', 'outbox.db-wal']) copyFileSync(join(folder, file), join(copy, file));
    const again = open(100 * MB, copy);
    assert.equal(again.figures().waiting.count, 20);
    assert.equal(again.text('m7'), '{"id":"m7"}');
    again.close();
    outbox.close();
  });

  test('is there after a torn write: what was not answered yet is cut off', async () => {
    const outbox = open();
    await outbox.keep(message('m1'));
    const whole = readFileSync(join(folder, 'outbox.db-wal')).length;
    await outbox.keep(message('m2', { text: 'x'.repeat(20_000) }));
    const copy = mkdtempSync(join(root, 'torn-'));
    copyFileSync(join(folder, 'outbox.db'), join(copy, 'outbox.db'));
    const wal = readFileSync(join(folder, 'outbox.db-wal'));
    wal.fill(0xaa, whole + 100); // the second commit reached the disk in part
    writeFileSync(join(copy, 'outbox.db-wal'), wal);
    const again = open(100 * MB, copy);
    assert.deepEqual(ids(again), ['m1']);
    again.close();
    outbox.close();
  });

  test('is on the disk when the edge ends; what comes later is refused', async () => {
    const outbox = open();
    const kept = outbox.keep(message('m1'));
    outbox.close();
    assert.equal((await kept).known, false);
    await assert.rejects(outbox.keep(message('m2')), isCode('throttled'));
    await new Promise(setImmediate); // the commit that was to come finds nothing to do
    const again = open();
    assert.deepEqual(ids(again), ['m1']);
    again.close();
  });

  test('is safe when the outbox is full; what comes then is refused, and taken again when there is room', async () => {
    const outbox = open(0.2 * MB);
    const noise = () =>
      Array.from({ length: 30_000 }, () => String.fromCharCode(33 + Math.random() * 90)).join('');
    let kept = 0;
    await assert.rejects(
      (async () => {
        for (; kept < 100; kept++)
          await outbox.keep(message(`m${kept}`, { text: noise(), patient: `BN${kept}` }));
      })(),
      isCode('throttled'),
    );
    assert.ok(kept > 0);
    assert.equal(outbox.room().level, 'full');
    assert.equal(outbox.figures().waiting.count, kept);
    for (const { id } of outbox.toSend(100, new Set())) outbox.settled(id, 'filed', {});
    outbox.sweep({ keepBodiesMs: -1, keepMs: 1_000_000 });
    assert.equal((await outbox.keep(message('after'))).known, false);
    outbox.close();
  });
});

test('a message that comes again is known; other content under its id is refused', async () => {
  const outbox = open();
  const twice = await Promise.all([outbox.keep(message('m1')), outbox.keep(message('m1'))]);
  assert.deepEqual(
    twice.map(({ known }) => known),
    [false, true],
  );
  await assert.rejects(outbox.keep(message('m1', { text: 'other' })), isCode('duplicate'));
  assert.equal(outbox.figures().waiting.count, 1);
  outbox.close();
});

test('messages of one patient go in order, others beside them; what the hub lost goes again', async () => {
  const outbox = open();
  for (const [id, patient] of [
    ['a1', 'A'],
    ['a2', 'A'],
    ['b1', 'B'],
    ['x1', ''],
    ['x2', ''],
  ] as const)
    await outbox.keep(message(id, { patient }));
  assert.deepEqual(ids(outbox), ['a1', 'b1', 'x1', 'x2']);
  assert.deepEqual(ids(outbox, ['A']), ['b1', 'x1', 'x2']);
  outbox.received('a1');
  assert.deepEqual(ids(outbox), ['a2', 'b1', 'x1', 'x2']);
  assert.deepEqual(outbox.toAsk(10), ['a1']);
  outbox.lost('a1');
  assert.deepEqual(ids(outbox), ['a1', 'b1', 'x1', 'x2']);
  outbox.close();
});

test('one process works on a folder', () => {
  const outbox = open();
  assert.throws(() => open(), /Another edge works on/);
  outbox.close();
  open().close();
});

test('a folder of a newer release is left alone, and says so', () => {
  open().close();
  const database = new DatabaseSync(join(folder, 'outbox.db'));
  database.exec('pragma user_version = 99');
  database.close();
  assert.throws(() => open(), /newer release/);
});

test('a folder of the release before is brought up to date, and keeps what it holds', async () => {
  const outbox = open();
  await outbox.keep(message('m1'));
  outbox.close();
  const database = new DatabaseSync(join(folder, 'outbox.db'));
  database.exec('pragma user_version = 1');
  database.close();
  const again = open();
  assert.equal(again.text('m1'), '{"id":"m1"}');
  await again.keep(message('m2'));
  assert.deepEqual(
    again.passedSince(0, 10).map(({ id, text }) => [id, text]),
    [
      ['m1', '{"id":"m1"}'],
      ['m2', '{"id":"m2"}'],
    ],
  );
  again.close();
});

test('a refused message is sent again under a new id that stands in it', async () => {
  const outbox = open();
  await outbox.keep(message('m1'));
  outbox.settled('m1', 'refused', { issues: [{ severity: 'error', code: 'required' }] });
  const again = await outbox.sendAgain('m1', (text, id) => text.replace('m1', id));
  assert.equal(again, 'm1.2');
  assert.equal(outbox.text(again), '{"id":"m1.2"}');
  assert.deepEqual(ids(outbox), ['m1.2']);
  assert.equal(outbox.figures().refused.count, 0);
  await assert.rejects(
    outbox.sendAgain('m1.2', (text) => text),
    isCode('not-found'),
  );
  outbox.close();
});
