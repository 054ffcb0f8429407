import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Outbox } from '../outbox/outbox.ts';
import { until } from '../testing/until.ts';
import type { HubClient } from './hub-client.ts';
import { runSender } from './sender.ts';

const folder = mkdtempSync(join(tmpdir(), 'sender-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('sending goes on after the disk could not be read for a moment', async () => {
  const outbox = new Outbox({ folder, limitBytes: 1_000_000, reserveBytes: 0 });
  const toSend = outbox.toSend.bind(outbox);
  let faults = 1;
  outbox.toSend = (...asked) => {
    if (faults-- > 0) throw new Error('disk I/O error');
    return toSend(...asked);
  };
  const told: unknown[] = [];
  const hub = { send: async () => ({ kind: 'received' }), ask: async () => [], reach: async () => {} };
  const sender = runSender({
    outbox,
    hub: hub as unknown as HubClient,
    onError: (error) => told.push(error),
  });
  await outbox.keep({ id: 'm1', patient: 'BN1', event: 'visit', source: 'fhir', origin: '', text: '{}' });
  assert.equal(sender.state.trouble?.why, 'disk I/O error');
  sender.tryNow();
  await until('it is sent', () => outbox.figures().received.count === 1);
  assert.equal(told.length, 1);
  await sender.stop();
  outbox.close();
});
