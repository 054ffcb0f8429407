// Resources that others wrote, through the front door and back: nothing is refused, nothing changes on the way.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseJson, type Resource } from '@yba/fhir';
import { officialExamples, syntheaBundles } from '@yba/fhir/testing';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

const TOGETHER = 8;

let server: TestPlatform;
before(async () => {
  server = await startPlatform();
});
after(() => server.stop());

/** Does `work` for each item, a few at a time. */
async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
}

/** A resource as text with its keys in order and without what the server adds, every decimal with its digits. */
function comparable(resource: Resource): string {
  const ordered = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(ordered);
    if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
    const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
    return Object.fromEntries(names.map((name) => [name, ordered((value as Record<string, unknown>)[name])]));
  };
  const { versionId: _v, lastUpdated: _l, source: _s, ...meta } = resource.meta ?? {};
  return JSON.stringify(ordered({ ...resource, meta }));
}

describe('the official examples', () => {
  // Questionnaire/qs1 lacks linkId, which R4 demands: refusing it is right
  const examples = officialExamples().filter(({ id }) => id !== 'qs1');
  let client: FhirClient;
  before(async () => {
    client = fhirClient(server.url, await server.facilityToken('01901', 'Bệnh viện Bạch Mai'));
  });

  test(`${examples.length} are taken under their own ids`, async () => {
    const refused: string[] = [];
    await each(examples, async (example) => {
      const answer = await client.send('PUT', `/${example.resourceType}/${example.id}`, example, {
        prefer: 'return=minimal',
      });
      if (answer.status !== 201)
        refused.push(`${example.resourceType}/${example.id}: ${answer.status} ${answer.text}`);
    });
    assert.deepEqual(refused, []);
  });

  test('and come back as they were written, every decimal with its digits', async () => {
    const changed: string[] = [];
    await each(examples, async (example) => {
      const answer = await client.get(`/${example.resourceType}/${example.id}`);
      const same = answer.status === 200 && comparable(parseJson(answer.text)) === comparable(example);
      if (!same) changed.push(`${example.resourceType}/${example.id}: ${answer.status}`);
    });
    assert.deepEqual(changed, []);
  });

  test('after a PATCH the rest of each is as it was, every decimal with its digits', async () => {
    const changed: string[] = [];
    await each(examples, async (example) => {
      const path = `/${example.resourceType}/${example.id}`;
      const patch = JSON.stringify([
        { op: 'add', path: '/implicitRules', value: 'http://example.org/rules' },
      ]);
      const answer = await client.send('PATCH', path, patch, {
        'content-type': 'application/json-patch+json',
      });
      const expected = comparable({ ...example, implicitRules: 'http://example.org/rules' });
      const same = answer.status === 200 && comparable(parseJson(answer.text)) === expected;
      if (!same) changed.push(`${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    });
    assert.deepEqual(changed, []);
  });

  test('created in transactions they are as they were, but for their ids', async () => {
    // a urn:uuid must resolve inside its transaction; what stands alone refers to none
    const alone = examples.filter((example) => !JSON.stringify(example).includes('"reference":"urn:uuid:'));
    assert.ok(alone.length > 700, String(alone.length));
    const bundles = Array.from({ length: Math.ceil(alone.length / 40) }, (_, n) =>
      alone.slice(n * 40, n * 40 + 40),
    );
    const changed: string[] = [];
    await each(bundles, async (some) => {
      const entry = some.map((resource) => ({
        resource,
        request: { method: 'POST', url: resource.resourceType },
      }));
      const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
      const answer = await client.send('POST', '', bundle, { prefer: 'return=representation' });
      assert.equal(answer.status, 200, answer.text.slice(0, 1000));
      const made = (parseJson(answer.text)['entry'] as { resource: Resource }[]).map(
        ({ resource }) => resource,
      );
      some.forEach((example, index) => {
        const { id: _own, ...expected } = example;
        const { id, ...got } = made[index]!;
        if (comparable(got as Resource) !== comparable(expected as Resource))
          changed.push(`${example.resourceType}/${example.id} as ${id}`);
      });
    });
    assert.deepEqual(changed, []);
  });
});

describe('the Synthea bundles', () => {
  const bundles = syntheaBundles();
  const batch = bundles.find(({ type }) => type === 'batch')!;
  const visits = bundles.filter(({ type }) => type === 'transaction');
  const entriesOf = (bundle: Resource) => bundle['entry'] as { resource: Resource }[];
  let client: FhirClient;
  before(async () => {
    client = fhirClient(server.url, await server.facilityToken('79901', 'Bệnh viện Chợ Rẫy'));
  });

  test('the batch of practitioners is carried out entry by entry', async () => {
    const answer = await client.send('POST', '', batch);
    assert.equal(answer.status, 200, answer.text.slice(0, 2000));
    assert.equal(answer.body.entry?.length, entriesOf(batch).length);
    assert.deepEqual(
      [...new Set(answer.body.entry?.map(({ response }) => response?.status.slice(0, 3)))],
      ['201'],
    );
  });

  test('a transaction with conditional references to nobody is refused whole, each named', async () => {
    const answer = await client.send('POST', '', visits[0]);
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
    assert.equal(answer.body.resourceType, 'OperationOutcome');
    assert.ok(answer.body.issue!.length > 1);
    assert.equal((await client.get('/Encounter?_summary=count')).body.total, 0);
  });

  test(`with Prefer: handling=lenient all ${visits.length} are stored, and warn of what was kept as a name`, async () => {
    for (const visit of visits) {
      const answer = await client.send('POST', '', visit, { prefer: 'handling=lenient' });
      assert.equal(answer.status, 200, answer.text.slice(0, 2000));
      assert.equal(answer.body.entry?.length, entriesOf(visit).length);
    }
  });

  test('the same again is a duplicate and stores nothing', async () => {
    const before = (await client.get('/Observation?_summary=count')).body.total;
    assert.ok(Number(before) > 1000);
    const again = await client.send('POST', '', visits[0], { prefer: 'handling=lenient' });
    assert.match(again.text, /"duplicate"/);
    assert.equal((await client.get('/Observation?_summary=count')).body.total, before);
  });

  test('a chart of many pages gives each resource once', async () => {
    const [patient] = (await client.get('/Patient?_count=1')).body.entry!;
    const seen = new Set<string>();
    let twice = 0;
    let page: string | undefined = `/Observation?patient=Patient/${patient!.resource!.id}&_count=50`;
    while (page) {
      const answer = await client.get(page);
      assert.equal(answer.status, 200, answer.text.slice(0, 500));
      for (const { resource } of answer.body.entry ?? []) {
        if (seen.has(resource!.id!)) twice++;
        seen.add(resource!.id!);
      }
      const links = answer.body['link'] as { relation: string; url: string }[];
      page = links.find(({ relation }) => relation === 'next')?.url.replace(`${server.url}/fhir`, '');
    }
    assert.equal(twice, 0);
    assert.ok(seen.size > 20);
  });
});
