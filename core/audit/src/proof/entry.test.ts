// What stands in the tree for a look: one content has one text.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalJson } from './canonical-json.ts';
import { entryText, readEntry, type LogEntry } from './entry.ts';

const ENTRY: LogEntry = {
  v: 1,
  id: 9_007_199_254_740_991,
  at: '2026-11-30T01:02:03.456000Z',
  agent: 'ab'.repeat(32),
  person: null,
  action: 'read',
  outcome: 'success',
  target: 'Observation/"a\\b"\u0007 Trần 😀 \u2028',
  count: 0,
  purpose: 'TREAT',
  reason: null,
  basis: null,
  request: 'r-1',
  detail: canonicalJson({ policy: '5', again: 2 }),
  salt: null,
};

describe('an entry of the access log', () => {
  test('has the text that canonical JSON gives it, and is read from it again', () => {
    const text = entryText(ENTRY);
    assert.equal(text, canonicalJson(ENTRY));
    assert.deepEqual(readEntry(text), ENTRY);
  });

  test('is not read from another text of the same content, nor with members more or fewer', () => {
    const text = entryText(ENTRY);
    const { person: _, ...short } = ENTRY;
    for (const other of [
      ` ${text}`,
      text.replace('"action"', '"\\u0061ction"'),
      text.replace('"count":0', '"count":0.0'),
      text.replace('"v":1', '"v":2'),
      text.replace('"v":1', '"v":1,"w":null'),
      text.replace('"basis":null,', ''),
      JSON.stringify(ENTRY),
      canonicalJson(short),
      'null',
      '[]',
    ])
      assert.throws(() => readEntry(other), Error, other);
  });
});
