import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal } from '../json/decimal.ts';
import { parseJson } from '../json/parse-json.ts';
import { OutcomeError } from '../outcome.ts';
import { applyJsonPatch, patchDocument } from './json-patch.ts';

/** document, patch, result: the cases of RFC 6902 appendix A and of its sections 4.1 to 4.6. */
const applied: [unknown, unknown[], unknown][] = [
  [{ a: 1 }, [], { a: 1 }],
  [{ a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  [{ a: 1 }, [{ op: 'add', path: '/a', value: 2 }], { a: 2 }],
  [{ l: [1, 3] }, [{ op: 'add', path: '/l/1', value: 2 }], { l: [1, 2, 3] }],
  [{ l: [1, 2] }, [{ op: 'add', path: '/l/2', value: 3 }], { l: [1, 2, 3] }],
  [{ l: [1] }, [{ op: 'add', path: '/l/-', value: [2, [3]] }], { l: [1, [2, [3]]] }],
  [{ a: 1 }, [{ op: 'add', path: '', value: { b: 2 } }], { b: 2 }],
  [{ a: 1 }, [{ op: 'add', path: '/c', value: { d: {} }, unknown: 1 }], { a: 1, c: { d: {} } }],
  [{ a: 1 }, [{ op: 'add', path: '/b', value: null }], { a: 1, b: null }],
  [{ a: 1 }, [{ op: 'add', path: '/', value: 2 }], { a: 1, '': 2 }],
  [{ a: 1, b: 2 }, [{ op: 'remove', path: '/b' }], { a: 1 }],
  [{ l: [1, 2, 3] }, [{ op: 'remove', path: '/l/1' }], { l: [1, 3] }],
  [{ a: 1 }, [{ op: 'replace', path: '/a', value: [2] }], { a: [2] }],
  [{ l: [1, 2] }, [{ op: 'replace', path: '/l/0', value: 0 }], { l: [0, 2] }],
  [{ a: 1 }, [{ op: 'replace', path: '', value: { c: 1 } }], { c: 1 }],
  [{ a: { x: 1 }, b: {} }, [{ op: 'move', from: '/a/x', path: '/b/y' }], { a: {}, b: { y: 1 } }],
  [{ l: ['a', 'b', 'c'] }, [{ op: 'move', from: '/l/0', path: '/l/2' }], { l: ['b', 'c', 'a'] }],
  [{ a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], { a: 1 }],
  [
    { a: { x: [1] } },
    [
      { op: 'copy', from: '/a/x', path: '/a/y' },
      { op: 'add', path: '/a/y/-', value: 2 },
    ],
    { a: { x: [1], y: [1, 2] } },
  ],
  [{ l: [1] }, [{ op: 'copy', from: '/l', path: '/l/-' }], { l: [1, [1]] }],
  [
    { '~1': 1, '/': 2 },
    [
      { op: 'replace', path: '/~01', value: 3 },
      { op: 'remove', path: '/~1' },
    ],
    { '~1': 3 },
  ],
  [
    { a: { b: [1, { c: 'ê' }] } },
    [{ op: 'test', path: '/a', value: { b: [1, { c: 'ê' }] } }],
    { a: { b: [1, { c: 'ê' }] } },
  ],
  [{ a: null }, [{ op: 'test', path: '/a', value: null }], { a: null }],
];

test('carries out the operations of RFC 6902 and leaves the document it was given as it was', () => {
  for (const [document, patch, expected] of applied) {
    const before = structuredClone(document);
    assert.deepEqual(patchDocument(document, patch), expected, JSON.stringify(patch));
    assert.deepEqual(document, before);
  }
});

test('names the operation and its part when a patch is malformed, does not fit, or tests in vain', () => {
  const faults: [unknown, unknown, string, string][] = [
    [{}, {}, 'invalid', '[0]'],
    [{}, ['add'], 'invalid', '[0]'],
    [{}, [{ path: '/a' }], 'invalid', '[0].op'],
    [{}, [{ op: 'toString', path: '/a' }], 'invalid', '[0].op'],
    [
      { a: 1 },
      [
        { op: 'test', path: '/a', value: 1 },
        { op: 'merge', path: '/a' },
      ],
      'invalid',
      '[1].op',
    ],
    [{}, [{ op: 'add', value: 1 }], 'invalid', '[0].path'],
    [{}, [{ op: 'add', path: 'a', value: 1 }], 'invalid', '[0].path'],
    [{}, [{ op: 'add', path: '/~2', value: 1 }], 'invalid', '[0].path'],
    [{}, [{ op: 'add', path: '/a' }], 'invalid', '[0].value'],
    [{}, [{ op: 'move', path: '/a' }], 'invalid', '[0].from'],
    [{ a: {} }, [{ op: 'move', from: '/a', path: '/a/b' }], 'invalid', '[0].from'],
    [{ l: [] }, [{ op: 'add', path: '/l/01', value: 1 }], 'invalid', '[0].path'],
    [{ l: [] }, [{ op: 'add', path: '/l/1', value: 1 }], 'processing', '[0].path'],
    [{}, [{ op: 'add', path: '/a/b', value: 1 }], 'processing', '[0].path'],
    [{}, [{ op: 'remove', path: '/a' }], 'processing', '[0].path'],
    [{ l: [1] }, [{ op: 'remove', path: '/l/-' }], 'processing', '[0].path'],
    [{ l: [1] }, [{ op: 'remove', path: '/l/length' }], 'processing', '[0].path'],
    [{}, [{ op: 'replace', path: '/constructor', value: 1 }], 'processing', '[0].path'],
    [{}, [{ op: 'add', path: '/__proto__/x', value: 1 }], 'invalid', '[0].path'],
    [{}, [{ op: 'copy', from: '/a', path: '/b' }], 'processing', '[0].from'],
    [{ a: 'x' }, [{ op: 'test', path: '/a', value: 'y' }], 'business-rule', '[0].value'],
    [{ a: '10' }, [{ op: 'test', path: '/a', value: 10 }], 'business-rule', '[0].value'],
  ];
  for (const [document, patch, code, expression] of faults)
    assert.throws(
      () => patchDocument(document, patch),
      (error: unknown) => {
        assert.ok(error instanceof OutcomeError, JSON.stringify(patch));
        assert.equal(error.code, code, JSON.stringify(patch));
        assert.deepEqual(error.issues[0]!.expression, [expression], JSON.stringify(patch));
        return true;
      },
    );
});

test('keeps the digits of every decimal, those of the resource and those of the patch', () => {
  const observation = parseJson(
    '{"resourceType":"Observation","valueQuantity":{"value":1.50},"a":[1.0,2.00]}',
  );
  const { value } = parseJson('{"value":0.0100}') as unknown as { value: unknown };
  assert.ok(value instanceof Decimal);
  const patched = applyJsonPatch(observation, [
    { op: 'test', path: '/valueQuantity/value', value: 1.5 },
    { op: 'add', path: '/a/-', value },
    { op: 'copy', from: '/valueQuantity', path: '/copy' },
    { op: 'move', from: '/a/0', path: '/b' },
  ]);
  assert.equal(
    JSON.stringify(patched),
    '{"resourceType":"Observation","valueQuantity":{"value":1.50},"a":[2.00,0.0100],"copy":{"value":1.50},"b":1.0}',
  );
});

test('a list or element that the patch has emptied goes; what is put in empty stays for validation to find', () => {
  const patient = {
    resourceType: 'Patient',
    name: [{ family: 'A' }, { given: ['B'] }],
    telecom: [{ value: '1' }],
    contact: [],
  };
  const patched = applyJsonPatch(patient, [
    { op: 'remove', path: '/telecom/0' },
    { op: 'remove', path: '/name/1/given/0' },
    { op: 'add', path: '/address', value: [] },
  ]);
  assert.deepEqual(patched, { resourceType: 'Patient', name: [{ family: 'A' }], contact: [], address: [] });
});

test('refuses a result that is no resource of the type, and a patch that grows without bound', () => {
  const patient = { resourceType: 'Patient', a: ['x'.repeat(1000)] };
  const faults: [unknown, string][] = [
    [[{ op: 'replace', path: '', value: 'Patient' }], 'processing'],
    [[{ op: 'replace', path: '/resourceType', value: 'Person' }], 'processing'],
    [Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })), 'too-costly'],
    [
      Array.from({ length: 3000 }, () => ({ op: 'test', path: '/resourceType', value: 'Patient' })),
      'too-costly',
    ],
    [
      [{ op: 'add', path: '/d', value: JSON.parse('['.repeat(150) + ']'.repeat(150)) as unknown }],
      'processing',
    ],
  ];
  for (const [patch, code] of faults)
    assert.throws(
      () => applyJsonPatch(patient, patch),
      (error: unknown) => error instanceof OutcomeError && error.code === code,
    );
});
