// A SMART app in a real browser: opened from a chart, on an origin of its own, calling the FHIR base from its page.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { registerClient } from '@yba/access';
import { connect } from '@yba/postgres';
import { accessibilityFaults, openBrowser } from './testing/browser.ts';
import { testServer, type TestServer } from './testing/test-server.ts';

type Browser = Awaited<ReturnType<typeof openBrowser>>;

let server: TestServer;
let browser: Browser;
/** Patients of Hạnh, over all hospitals. */
let linked: number;
let app: { http: Server; origin: string };

/** What a small app does: SMART App Launch with PKCE, then one read and one search. */
const SCRIPT = `
const query = new URLSearchParams(location.search);
const text = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '');
const say = (words) => document.body.append(Object.assign(document.createElement('p'), { textContent: words }));
const own = location.origin + '/callback';
if (location.pathname === '/launch') {
  const iss = query.get('iss');
  const smart = await (await fetch(iss + '/.well-known/smart-configuration')).json();
  const verifier = text(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  sessionStorage.kept = JSON.stringify({ iss, verifier, token: smart.token_endpoint });
  location.href = smart.authorization_endpoint + '?' + new URLSearchParams({
    response_type: 'code', client_id: 'growth-charts', redirect_uri: own, aud: iss, state: 's',
    ...(query.has('launch') ? { launch: query.get('launch') } : {}),
    scope: (query.has('launch') ? 'launch' : 'launch/patient') + ' openid fhirUser patient/Patient.rs patient/Observation.rs',
    code_challenge: text(new Uint8Array(digest)), code_challenge_method: 'S256' });
} else if (query.has('code')) {
  const kept = JSON.parse(sessionStorage.kept);
  const answer = await fetch(kept.token, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code',
    client_id: 'growth-charts', code: query.get('code'), redirect_uri: own, code_verifier: kept.verifier }) });
  const tokens = await answer.json();
  const get = async (path) => (await fetch(kept.iss + path, { headers: { authorization: 'Bearer ' + tokens.access_token } })).json();
  const patient = await get('/Patient/' + tokens.patient);
  const results = await get('/Observation?_summary=count');
  const others = await get('/Patient?_summary=count');
  say(patient.name[0].text + ', ' + results.total + ' results, ' + others.total + ' record');
} else say('error: ' + query.get('error') + ' ' + query.get('error_description'));
`;

before(async () => {
  const http = createServer((request, response) => {
    const script = request.url === '/app.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(
      script ? SCRIPT : '<!doctype html><title>Growth</title><script type="module" src="/app.js"></script>',
    );
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  app = { http, origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
  [server, browser] = await Promise.all([testServer({ web: true }), openBrowser()]);
  const sql = connect(server.databaseUrl, { max: 1 });
  await registerClient(sql, {
    id: 'growth-charts',
    name: 'Biểu đồ nhi',
    scope: 'openid fhirUser launch launch/patient patient/Patient.rs patient/Observation.rs',
    proof: { method: 'none' },
    redirectUris: [`${app.origin}/callback`],
    launchUri: `${app.origin}/launch`,
  });
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from patient_link
    where person in (select person from person_identifier where value = '027163000001')`;
  linked = row!.n;
  await sql.end();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  app.http.close();
});

test('a doctor opens an app from the chart, and it shows that person from its own page', async () => {
  const persona = server
    .demo()
    .personas.find(({ role, facility }) => role === 'doctor' && facility === '79013')!;
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  const page = await context.newPage();
  const refused: string[] = [];
  const listen = (one: typeof page) =>
    one.on('console', (message) => {
      if (/Content Security Policy|CORS/.test(message.text())) refused.push(message.text());
    });
  listen(page);
  await page.goto(`${server.url}/clinic/`);
  await page.locator('#username').fill(persona.username);
  await page.locator('#password').fill(persona.password);
  await page.locator('button[type=submit]').click();
  await page.locator('header.top').waitFor();
  await page.keyboard.press('Control+k');
  await page
    .locator('dialog.find input')
    .fill('027163000001||Nguyễn Thị Hạnh|14031963|Nữ|Võ Cường, Bắc Ninh|01072021');
  await page.locator('.it').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.why').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.ban').waitFor();
  await page.keyboard.press('Alt+a');
  const item = page.getByRole('menuitem', { name: 'Biểu đồ nhi' });
  await item.waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  const shots = process.env['YBA_SHOTS'];
  if (shots) await page.screenshot({ path: `${shots}/apps.png` });
  const opening = context.waitForEvent('page');
  await item.click();
  const opened = await opening;
  await opened.locator('p').waitFor();
  assert.match(
    (await opened.locator('p').textContent())!,
    new RegExp(`^Nguyễn Thị Hạnh, [1-9]\\d* results, ${linked} record$`),
  );
  assert.deepEqual(refused, []);

  // the same app, begun by itself: the form on which the person is chosen leads to the app's origin
  const alone = await context.newPage();
  listen(alone);
  await alone.goto(`${app.origin}/launch?iss=${encodeURIComponent(`${server.url}/fhir`)}`);
  await alone
    .getByRole('button', { name: /Nguyễn Thị Hạnh/ })
    .first()
    .waitFor();
  assert.deepEqual(await accessibilityFaults(alone), []);
  if (shots) {
    await alone.screenshot({ path: `${shots}/picker.png` });
    await alone.setViewportSize({ width: 360, height: 740 });
    await alone.screenshot({ path: `${shots}/picker-360.png` });
  }
  await alone
    .getByRole('button', { name: /Nguyễn Thị Hạnh/ })
    .first()
    .click();
  await alone.waitForURL(`${app.origin}/callback**`);
  await alone.locator('p').waitFor();
  assert.match(
    (await alone.locator('p').textContent())!,
    new RegExp(`^Nguyễn Thị Hạnh, [1-9]\\d* results, ${linked} record$`),
  );
  assert.deepEqual(refused, []);
  await context.close();
});
