import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { OutcomeError } from '@yba/fhir';
import { LiveHub } from './live-hub.ts';
import { binding } from './testing/binding.ts';

const { app, base, hub, state, call } = await binding();
after(() => app.close());

describe('the live stream', () => {
  const listen = async (query: string) => {
    const stop = new AbortController();
    const response = await fetch(`${base}/live${query}`, {
      headers: { authorization: 'Bearer good' },
      signal: stop.signal,
    });
    const reader = response.body?.getReader();
    const until = async (pattern: RegExp) => {
      let text = '';
      while (!pattern.test(text)) text += Buffer.from((await reader!.read()).value ?? []).toString();
      return text;
    };
    const end = async () => {
      let text = '';
      for (;;) {
        const { done, value } = await reader!.read();
        if (done) return text;
        text += Buffer.from(value).toString();
      }
    };
    return { response, until, end, stop: () => stop.abort() };
  };

  test('tells of the chart asked for, once however many of its topics moved, with a heartbeat', async () => {
    const stream = await listen('?patient=Patient/1');
    assert.equal(stream.response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    hub.publish(['person of Patient/2', 'person of Patient/1', 'person of Patient/1']);
    const text = await stream.until(/still here/);
    assert.equal(text.match(/event: chart\ndata: {"patient":"Patient\/1"}\n\n/g)?.length, 1);
    stream.stop();
  });

  test('ends when its token opens nothing any more, and before it would tell of a chart that was closed', async () => {
    const revoked = await listen('');
    const closed = await listen('?patient=Patient/closing');
    await revoked.until(/still here/);
    state.closing = true;
    hub.publish(['person of Patient/closing']);
    assert.doesNotMatch(await closed.end(), /event: chart/);
    state.tokenRevoked = true;
    await revoked.end();
    state.tokenRevoked = false;
  });

  test('beyond what the process carries is told to come again, which is nobody’s fault', () => {
    assert.throws(
      () => new LiveHub({ listeners: 0 }).assertRoom('Practitioner/1'),
      (error) => error instanceof OutcomeError && error.code === 'transient',
    );
  });

  test('refuses without a token, for a closed chart, and beyond the bound', async () => {
    assert.equal((await call('/live', { token: '' })).status, 401);
    assert.equal((await call('/live?patient=Patient/closed')).status, 404);
    while (hub.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const streams = [await listen(''), await listen('')];
    assert.equal((await call('/live')).status, 429);
    for (const { stop } of streams) stop();
    while (hub.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const atOnce = await Promise.all(Array.from({ length: 6 }, () => listen('')));
    assert.deepEqual(atOnce.map(({ response }) => response.status).sort(), [200, 200, 429, 429, 429, 429]);
    for (const { stop } of atOnce) stop();
  });
});
