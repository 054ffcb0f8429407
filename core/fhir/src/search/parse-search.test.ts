import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutcomeError, parseSearch, type Resource } from '../index.ts';
import { faultsOf, now, parse, table } from './testing/finding.ts';

test('takes escaped separators as part of the value', () => {
  const odd: Resource = { resourceType: 'Patient', identifier: [{ system: 'urn:x', value: 'a,b|c$d\\e' }] };
  table(odd, ['identifier=a\\,b\\|c\\$d\\\\e', 'identifier=urn:x|a\\,b\\|c\\$d\\\\e'], ['identifier=a\\,b']);
});

test('reads chains, _has, includes, sort and paging into a typed request', () => {
  const request = parse(
    'Observation',
    'subject:Patient.general-practitioner.name=lan&_has:Provenance:target:agent=Practitioner/1&_sort=-date,_id&_count=5000&_include=Observation:subject:Patient&_include:iterate=Patient:*&_revinclude=Provenance:target&_summary=data&_elements=code,status&_total=accurate&_page=abc&_format=json',
  );
  const [chain, has] = request.filters;
  assert.ok(chain?.kind === 'chain' && chain.targets[0]?.filter.kind === 'chain');
  assert.deepEqual(
    chain.targets.map(({ type }) => type),
    ['Patient'],
  );
  assert.ok(has?.kind === 'has' && has.type === 'Provenance' && has.param.code === 'target');
  assert.deepEqual(
    request.sort.map(({ param, descending }) => [param.code, descending]),
    [
      ['date', true],
      ['_id', false],
    ],
  );
  assert.equal(request.count, 1000);
  assert.equal(request.page, 'abc');
  assert.equal(request.total, 'accurate');
  assert.deepEqual(
    request.include.map(({ type, param, target, iterate }) => [type, param?.code, target, iterate]),
    [
      ['Observation', 'subject', 'Patient', false],
      ['Patient', undefined, undefined, true],
    ],
  );
  assert.equal(request.selfParams.get('_count'), '1000');
  assert.ok(!request.selfParams.has('_page'));
  assert.deepEqual(parse('Patient', '').count, 20);
});

test('searches over all types by what all types share', () => {
  const request = parseSearch(
    undefined,
    new URLSearchParams('_type=Patient,Observation&_lastUpdated=gt2020'),
    { handling: 'strict', now },
  );
  assert.deepEqual(request.types, ['Patient', 'Observation']);
  assert.throws(
    () => parseSearch(undefined, new URLSearchParams('name=x'), { handling: 'strict' }),
    /search over all types has no search parameter 'name'/,
  );
});

test('each part of a composite is needed', () => {
  for (const value of ['$5', 'a$', '$', 'a', 'a$5$6'])
    assert.throws(
      () => parse('Observation', `code-value-quantity=${value}`),
      /joined by \$ (?:are|is) needed|quantity/,
      value,
    );
});

test('refuses what it does not understand, naming parameter, rule and remedy', () => {
  const table: [string, RegExp][] = [
    ['nmae=x', /^invalid nmae: Patient has no search parameter 'nmae'. Did you mean name\?/],
    ['birthdate=soon', /^invalid birthdate: .*does not understand 'soon': write a date as 2024/],
    ['birthdate=2024-02-30', /does not understand '2024-02-30'/],
    ['birthdate=0000', /does not understand '0000'/],
    ['birthdate=2024-02-20T24:00', /does not understand '2024-02-20T24:00'/],
    [
      'gender:foo=x',
      /^invalid gender:foo: .*has no modifier ':foo'. A token takes :not, :text, :in, :not-in, :below, :above, :of-type, :missing/,
    ],
    ['gender:in=http://v', /^invalid gender:in: .*the codes of this value set are not known here/],
    ['general-practitioner:below=Practitioner/1', /only where one refers to its own kind/],
    ['_text:exact=x', /takes no modifier but :missing/],
    ['_filter=name eq x', /^not-supported _filter/],
    ['_list=$current-problems', /takes the id of a List/],
    ['_sort=_text', /cannot sort by _text/],
    [`name=${'a,'.repeat(3000)}a`, /^too-costly name: .*2000 are taken/],
    [`_elements=${'id,'.repeat(200)}id`, /^too-costly _elements: .*201 elements; 200 are taken/],
    [`${'x'.repeat(5000)}=1`, /^invalid x{200}….* has no search parameter 'x{200}…'/],
    ['active:missing=maybe', /takes true or false, not 'maybe'/],
    ['name=', /has no value/],
    ['name=%00', /holds a NUL character/],
    ['name=a,,b', /empty value between commas/],
    ['organization:Patient=1', /organization cannot refer to Patient. It refers to Organization/],
    ['organization=a b', /write <Type>\/<id>/],
    ['organization.foo=1', /none of Organization can be searched by 'foo'/],
    ['name.family=1', /cannot be chained: name is of type string/],
    ['_has:Observation:code:x=1', /Observation.code does not refer to Patient/],
    ['_has:Observation=1', /must read _has:<Type>/],
    ['_has=Observation:patient:code=1', /must read _has:<Type>/],
    [`_sort=${'name,'.repeat(16)}name`, /takes 16 keys at most/],
    ['_sort=-birthdte', /no search parameter 'birthdte'. Did you mean birthdate/],
    ['_count=-1', /whole number from 0 to 1000/],
    ['_include=Patient', /must read <Type>:<reference parameter>/],
    ['_include=Patient:name', /only references can be included/],
    ['_summary=yes', /takes true, text, data, count, false, not 'yes'/],
    ['_total=all', /takes none, estimate, accurate/],
    ['_type=Patient', /this one is on a type already/],
    ['identifier:of-type=a|b', /<type system>\|<type code>\|<value>/],
    ['identifier:of-type=|NI|1', /<type system>\|<type code>\|<value>/],
    ['identifier:of-type=urn:type||1', /<type system>\|<type code>\|<value>/],
    ['identifier:of-type=urn:type|NI|', /<type system>\|<type code>\|<value>/],
    [`${'link:Patient.'.repeat(30)}name=x`, /^too-costly .*at most 20 links/],
  ];
  for (const [query, expected] of table) {
    const faults = faultsOf('Patient', query);
    assert.equal(faults.length, 1, query);
    assert.match(faults[0]!, expected);
  }
  assert.equal(faultsOf('Patient', 'foo=1&bar=2&birthdate=x').length, 3);
  assert.match(
    faultsOf('Observation', `${'focus.'.repeat(12)}status=x`)[0] ?? '',
    /^too-costly .*Name the type of each link/,
  );
});

test('takes a result parameter twice where it says the same, in the address and in a form', () => {
  const request = parse(
    'Patient',
    '_count=5&_count=5&_elements=name&_elements=gender&_sort=name&_sort=-birthdate',
  );
  assert.deepEqual(
    [request.count, request.elements, request.sort.map(({ param }) => param.code)],
    [5, ['name', 'gender'], ['name', 'birthdate']],
  );
  for (const name of ['_count=1&_count=2', '_summary=true&_summary=text', '_total=none&_total=accurate'])
    assert.match(faultsOf('Patient', name)[0] ?? '', /is given twice, with different values/, name);
});

test('leaves out parameters that are not known or not evaluated when handling is lenient, and nothing else', () => {
  const unknown = ['foo', '_filter', '_query', 'organization.foo', 'link.organization.foo', '_sort'];
  const query = `${unknown.map((name) => `${name}=foo`).join('&')}&active=true`;
  const request = parse('Patient', query, 'lenient');
  assert.deepEqual(request.ignored, unknown);
  assert.equal(request.selfParams.toString(), 'active=true');
  for (const faulty of ['birthdate=soon', 'name:foo=1', 'link.birthdate=soon', 'organization:Device.foo=1'])
    assert.throws(() => parse('Patient', faulty, 'lenient'), OutcomeError, faulty);
});
