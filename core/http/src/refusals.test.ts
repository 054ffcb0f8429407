import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from './refusals.ts';

test('a refused request is told by its action and target, without its query', () => {
  const told = (method: string, path: string) => {
    const { action, target } = refusalOf(method, path);
    return `${action} ${target ?? ''}`.trim();
  };
  assert.deepEqual(
    [
      told('GET', '/Patient/1'),
      told('HEAD', '/Patient/1'),
      told('GET', '/Patient/1/_history'),
      told('GET', '/Patient/1/_history/2'),
      told('GET', '/Patient?name=Hoa'),
      told('POST', '/Patient/_search'),
      told('GET', '/Patient/1/Observation?code=1'),
      told('POST', '/Patient'),
      told('PUT', '/Patient?identifier=1'),
      told('PATCH', '/Patient/1'),
      told('DELETE', '/Patient/1'),
      told('POST', ''),
      told('GET', '/_history'),
      told('POST', '/Patient/$match'),
      told('POST', '/Patient/1/$open'),
      told('GET', '/Organization/$coordination-status'),
      told('POST', '/Task/1/$advance'),
      told('GET', "/Patient/'%20or%20true"),
    ],
    [
      'read Patient/1',
      'read Patient/1',
      'history Patient/1',
      'vread Patient/1',
      'search Patient',
      'search Patient',
      'read Patient/1',
      'create Patient',
      'update Patient',
      'update Patient/1',
      'delete Patient/1',
      'transaction',
      'history',
      'match Patient',
      'open Patient/1',
      'operation Organization',
      'operation Task/1',
      'search Patient',
    ],
  );
});
