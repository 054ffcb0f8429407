import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { accessibilityFaults, openBrowser } from './browser.ts';

let browser: Browser;

before(async () => {
  browser = await openBrowser();
});

after(() => browser.close());

test('a page is drawn, Vietnamese letters included', async () => {
  const page = await browser.newPage();
  await page.setContent(
    '<!doctype html><html lang="vi"><title>Y Bạ</title><main><h1>Nguyễn Thị Hường</h1></main></html>',
  );
  assert.equal(await page.getByRole('heading').textContent(), 'Nguyễn Thị Hường');
  assert.ok((await page.screenshot()).length > 1_000);
  await page.close();
});

test('accessibility faults are found and named', async () => {
  const page = await browser.newPage();
  await page.setContent(
    '<!doctype html><html lang="vi"><title>Y Bạ</title><main><h1>Y Bạ</h1><img src="x.png"></main></html>',
  );
  const faults = await accessibilityFaults(page);
  assert.deepEqual(
    faults.map(({ rule }) => rule),
    ['image-alt'],
  );
  await page.close();
});
