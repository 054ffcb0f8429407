// The same way in a browser: commune station → regional centre → province (on software of its own) → Bạch Mai, and back
// down; the citizen follows it in the book. One server, one browser.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { connect, type Sql } from '@yba/postgres';
import { feedShowsAll } from '@yba/repository/testing';
import { extension, FACILITY, ICD10_VN, INSURANCE_CARD, PERSON } from '@yba/vietnam';
import { builtWeb } from './commands/web-build.ts';
import { accessibilityFaults, leaveSession, openBrowser } from './testing/browser.ts';
import { joinFacilities } from './testing/facilities.ts';
import type { FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { pushService, type PushService } from './testing/push-service.ts';

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof openBrowser>>['newPage']>>;

const STATION = { facility: '27105', facilityName: 'Trạm Y tế phường Võ Cường' };
const CENTRE = { facility: '27020', facilityName: 'Trung tâm Y tế khu vực Bắc Ninh' };
const PROVINCE = { facility: '27001', facilityName: 'Bệnh viện Đa khoa Bắc Ninh' };
const BACH_MAI = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const PASSWORD = 'mot mat khau dai';
const NUMBER = '027163999003';
const NAME = 'Nguyễn Văn Bền';
const CARD = `${NUMBER}||${NAME}|04051963|Nam|Võ Cường, Bắc Ninh|01072021`;
const DESK = { width: 1366, height: 768 };
const PHONE = { width: 360, height: 740 };

const facilityId = (value: string) => ({ system: FACILITY, value });

describe('a patient climbs four levels and comes back, seen on the screens', () => {
  let server: TestPlatform;
  let owner: Sql;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let his: FhirClient;
  let push: PushService;
  let device: string;
  const pages = new Map<string, Page>();
  const at = (who: string) => pages.get(who)!;

  before(async () => {
    const [webRoot, opened] = await Promise.all([builtWeb(() => {}), openBrowser()]);
    browser = opened;
    push = await pushService();
    server = await startPlatform({
      demo: true,
      config: { webRoot, outboundAllow: ['127.0.0.0/8', '::1/128'] },
    });
    owner = connect(server.databaseUrl, { max: 1 });
    const systems = await joinFacilities(server, [STATION, CENTRE, PROVINCE, BACH_MAI]);
    his = systems.get(PROVINCE.facility)!;
    for (const [username, role, name, place] of [
      ['vc.doctor', 'doctor', 'BS Nguyễn Thị Mận', STATION],
      ['kv.doctor', 'doctor', 'BS Trần Văn Khải', CENTRE],
      ['kv.desk', 'receptionist', 'Lê Thu Hà', CENTRE],
      ['bm.doctor', 'doctor', 'BS CKI Lê Minh Khôi', BACH_MAI],
    ] as const) {
      const licence = role === 'doctor' ? { licence: { number: `0009${place.facility}/GPHN` } } : {};
      await server.platform.access.createAccount({
        username,
        role,
        name,
        password: PASSWORD,
        ...place,
        ...licence,
      });
    }
    await recordAtTheStation(systems.get(STATION.facility)!);
    await server.platform.book!.addVneidCitizens([
      { nationalId: NUMBER, name: NAME, birthDate: '1963-05-04', password: PASSWORD },
    ]);
  });
  after(async () => {
    await browser?.close();
    await owner?.end();
    await server?.stop();
    await push?.stop();
  });

  /** What the station knows: the person, the insurance card, a visit under way with its diagnosis and a value. */
  async function recordAtTheStation(station: FhirClient): Promise<void> {
    const [patient, visit] = [
      'urn:uuid:6a1e5a3e-7b1a-4d2a-9a55-1c8a2f0f0011',
      'urn:uuid:6a1e5a3e-7b1a-4d2a-9a55-1c8a2f0f0012',
    ];
    const subject = { reference: patient };
    const resources = [
      {
        fullUrl: patient,
        resourceType: 'Patient',
        identifier: [{ system: PERSON, value: NUMBER }],
        name: [{ text: NAME }],
        gender: 'male',
        birthDate: '1963-05-04',
        address: [{ text: 'Khu Bồ Sơn, phường Võ Cường, tỉnh Bắc Ninh' }],
      },
      {
        resourceType: 'Coverage',
        identifier: [{ system: INSURANCE_CARD, value: 'HT3270123456789' }],
        status: 'active',
        beneficiary: subject,
        payor: [{ display: 'Bảo hiểm xã hội Việt Nam' }],
        period: { start: '2026-01-01', end: '2026-12-31' },
        extension: [{ url: extension('registered-facility'), valueIdentifier: facilityId(STATION.facility) }],
      },
      {
        fullUrl: visit,
        resourceType: 'Encounter',
        status: 'in-progress',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        subject,
        period: { start: new Date(Date.now() - 3_600_000).toISOString() },
        reasonCode: [{ text: 'Đau ngực trái' }],
      },
      {
        resourceType: 'Condition',
        clinicalStatus: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
        },
        code: {
          coding: [{ system: ICD10_VN, code: 'I20.0', display: 'Cơn đau thắt ngực không ổn định' }],
          text: 'Cơn đau thắt ngực không ổn định',
        },
        subject,
        encounter: { reference: visit },
      },
    ];
    const made = await station.send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: resources.map(({ fullUrl, ...resource }) => ({
        ...(fullUrl ? { fullUrl } : {}),
        resource,
        request: { method: 'POST', url: resource.resourceType },
      })),
    });
    assert.equal(made.status, 200, made.text);
  }

  async function machine(size = DESK): Promise<Page> {
    const context = await browser.newContext({ viewport: size, locale: 'vi-VN' });
    await context.addInitScript(() => {
      localStorage.setItem('yba.language', 'vi');
      window.print = () => {}; // the dialogue of the system; the paper stays until the test has read it
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return page;
  }
  async function staff(username: string, path = '/clinic/'): Promise<Page> {
    const page = await machine();
    await leaveSession(page, server.url, { door: 'clinic', username, password: PASSWORD });
    await page.goto(`${server.url}${path}`);
    await page.locator('header.top').waitFor();
    pages.set(username, page);
    return page;
  }
  /** Finds the patient by the card's text, as a scanner types it, and opens the chart. */
  async function openPatient(page: Page): Promise<void> {
    await page.keyboard.press('Control+k');
    await page.locator('dialog.find input').fill(CARD);
    await page.locator('.it').first().waitFor();
    await page.keyboard.press('Enter');
    const sheet = page.locator('.why');
    await sheet.or(page.locator('.ban')).first().waitFor();
    if (await sheet.isVisible()) await page.keyboard.press('Enter');
    await page.locator('.ban').waitFor();
  }
  /** Writes and sends a transfer paper from the open chart, by keys and typed words alone. */
  async function refer(page: Page, to: { facility: string; facilityName: string }, reason: string) {
    await page.keyboard.press('Alt+c');
    await page.getByRole('heading', { name: 'Chuyển cơ sở' }).waitFor();
    await page.locator('.compose input[list]').fill(`${to.facilityName} (${to.facility})`);
    await page.locator('#reason').fill(reason);
    for (const [field, words] of [
      ['DAU_HIEU_LS', 'Đau ngực trái, vã mồ hôi, huyết áp 130/80'],
      ['QT_BENHLY', 'Khởi phát 2 giờ trước'],
      ['HUONG_DIEU_TRI', 'Chụp và can thiệp mạch vành'],
      ['MA_TTDV', '0001234/BN-GPHN'],
    ] as const)
      await page.locator(`#${field}`).fill(words);
    if (!(await page.locator('#MA_BAC_SI').inputValue()))
      await page.locator('#MA_BAC_SI').fill('0002345/BN-GPHN');
    await page.keyboard.press('Control+Enter');
    await page.getByText(`Đã gửi đến ${to.facilityName}.`).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.ticks .ok').getByText('Đã gửi').waitFor();
  }
  const card = (page: Page) => page.locator('.pair').filter({ hasText: NAME }).first();
  async function assertNoFaults(page: Page, where: string): Promise<void> {
    assert.deepEqual(await accessibilityFaults(page), [], where);
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(wide <= 0, `${where}: ${wide} px wider than the screen`);
    await look(page, where);
  }
  /** A picture for the eye, into the folder that YBA_SHOTS names; nothing without it. */
  async function look(page: Page, name: string): Promise<void> {
    const folder = process.env['YBA_SHOTS'];
    if (folder) await page.screenshot({ path: `${folder}/${name.replaceAll(' ', '-')}.png`, fullPage: true });
  }
  /** The printed sheet within its margins, as a picture. */
  async function lookAtPaper(page: Page, name: string): Promise<void> {
    const before = page.viewportSize()!;
    await page.setViewportSize(
      name.endsWith('4') ? { width: 672, height: 1009 } : { width: 491, height: 733 },
    );
    await page.emulateMedia({ media: 'print' });
    await page.screenshot({ path: `${process.env['YBA_SHOTS']}/${name}.png` });
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize(before);
  }
  /** The paper as the printer gets it: how many sheets, and the words on it. */
  async function printed(page: Page, name: string): Promise<{ sheets: number; words: string }> {
    const paper = page.locator('body > .paper');
    await paper.waitFor({ state: 'attached' });
    const words = (await paper.textContent()) ?? '';
    if (process.env['YBA_SHOTS']) await lookAtPaper(page, name);
    const pdf = await page.pdf({ preferCSSPageSize: true }); // which ends the printing
    const folder = process.env['YBA_SHOTS'];
    if (folder) await writeFile(`${folder}/${name}.pdf`, pdf);
    await paper.waitFor({ state: 'detached' });
    return { sheets: pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0, words };
  }
  /**
   * What the book's service worker shows for the push that waits for the phone. A headless browser has no place to show it,
   * so that the call is taken down where the worker makes it.
   */
  async function shownNotification(page: Page): Promise<unknown> {
    for (let tries = 0; push.received(device).length === 0 && tries < 200; tries++)
      await page.waitForTimeout(50);
    const message = push.received(device).at(-1);
    assert.ok(message, 'the device is told');
    const worker = page
      .context()
      .serviceWorkers()
      .find((one) => one.url().endsWith('/sw.js'))!;
    await worker.evaluate(() => {
      const scope = globalThis as unknown as { registration: ServiceWorkerRegistration; shown: unknown };
      scope.registration.showNotification = (title, options) => {
        scope.shown = { title, body: options?.body };
        return Promise.resolve();
      };
    });
    const session = await page.context().newCDPSession(page);
    const registered = new Promise<string>((resolve) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const id = registrations.find(({ scopeURL }) => scopeURL.endsWith('/book/'))?.registrationId;
        if (id) resolve(id);
      });
    });
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.deliverPushMessage', {
      origin: server.url,
      registrationId: await registered,
      data: message.text,
    });
    for (let tries = 0; tries < 200; tries++) {
      const shown = await worker.evaluate(() => (globalThis as unknown as { shown?: unknown }).shown);
      if (shown) return shown;
      await page.waitForTimeout(50);
    }
    return undefined;
  }
  const settled = async () => {
    await feedShowsAll(server.pools);
    for (let tries = 0; tries < 200; tries++) {
      const [behind] = await owner`
        select 1 from feed_cursor where subscriber in ('care-relationships', 'referral-parties', 'referral-arrivals')
          and position < (select coalesce(max(position), 0) from feed)`;
      if (!behind) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test('the station refers from the chart; the paper in the patient’s hand has what the law asks', async () => {
    const page = await staff('vc.doctor');
    await openPatient(page);
    await refer(page, CENTRE, 'Nghi hội chứng vành cấp, cần theo dõi');
    for (const [size, label] of [
      ['A5', 'transfer-a5'],
      ['A4', 'transfer-a4'],
    ] as const) {
      await page.locator('.papersize').getByText(size).click();
      await page.keyboard.press('Control+p');
      const { sheets, words } = await printed(page, label);
      assert.equal(sheets, 1, `${size}: one sheet`);
      for (const part of [
        'NGUYỄN VĂN BỀN',
        '04/05/1963',
        'Nam',
        'Khu Bồ Sơn, phường Võ Cường',
        'HT 3 27 0123456789',
        '31/12/2026',
        'Cơn đau thắt ngực không ổn định (I20.0)',
        'Vượt khả năng của cơ sở',
        'Xe cứu thương',
        'BS Nguyễn Thị Mận',
        '27105-',
      ])
        assert.ok(words.includes(part), `${size} names ${part}`);
    }
  });

  test('the citizen sees it in the book at once', async () => {
    const page = await machine(PHONE);
    pages.set('citizen', page);
    // the browser's own push service is on the internet: the one of the test takes its place, the service worker is the real one
    await page.context().grantPermissions(['notifications'], { origin: server.url });
    await page.exposeFunction('subscribeAt', (key: string) => {
      const subscription = push.subscribe(key);
      device = subscription.endpoint;
      return subscription;
    });
    await page.addInitScript(() => {
      type Made = { endpoint: string; p256dh: string; auth: string };
      let made: object | null = null;
      PushManager.prototype.subscribe = async (options) => {
        const { subscribeAt } = window as unknown as { subscribeAt(key: string): Promise<Made> };
        const { endpoint, p256dh, auth } = await subscribeAt(String(options?.applicationServerKey));
        made = { endpoint, toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
        return made as PushSubscription;
      };
      PushManager.prototype.getSubscription = async () => made as PushSubscription | null;
    });
    await page.goto(`${server.url}/book/`);
    await page
      .getByRole('button', { name: /VNeID/ })
      .or(page.getByRole('link', { name: /VNeID/ }))
      .first()
      .click();
    await page.getByText(NAME).first().click();
    await page.waitForURL(({ pathname }) => pathname.startsWith('/book') && pathname !== '/book/callback');
    await page.getByText('1 tin chưa đọc').click();
    await page.getByText(`${STATION.facilityName} đã gửi giấy chuyển đến ${CENTRE.facilityName}`).waitFor();
    await page.getByRole('button', { name: 'Bật báo tin trên máy này' }).click();
    await page.getByText('Máy này được báo khi có tin mới.').waitFor();
    await assertNoFaults(page, 'story book news');
    await page.goto(`${server.url}/book/referrals`);
    await page.getByText('Phiếu đã gửi đi. Đang chờ nơi nhận trả lời.').waitFor();
    await assertNoFaults(page, 'story book sent');
  });

  test('the centre accepts; its reception gives the hour and notes the arrival without the illness', async () => {
    const page = await staff('kv.doctor', '/clinic/referrals');
    await card(page).click();
    await page.locator('.ticks .ok').getByText('Nơi nhận đã có phiếu').waitFor();
    await page.keyboard.press('a');
    await page.locator('.ticks .ok').getByText('Đồng ý tiếp nhận').waitFor();
    const desk = await staff('kv.desk', '/clinic/referrals');
    await card(desk).click();
    await desk.getByText('Tiếp đón thấy ai đến').waitFor();
    assert.doesNotMatch((await desk.locator('main').textContent()) ?? '', /vành cấp|I20|Đau ngực/);
    await desk.keyboard.press('g');
    const [tomorrow] = new Date(Date.now() + 31 * 3_600_000).toISOString().split('T');
    await desk.locator('.datefield input').first().fill(`${tomorrow}T08:00`);
    await desk.getByLabel('Khoa, phòng khám').fill('Khoa Khám bệnh, quầy 3');
    await assertNoFaults(desk, 'story desk books');
    await desk.keyboard.press('Control+Enter');
    await desk.getByText('Đã hẹn. Người bệnh thấy giờ hẹn').waitFor();
    await desk.keyboard.press('a');
    await desk.getByText('Đã ghi người bệnh đến.').waitFor();
    await desk.locator('.ticks .ok').getByText('Người bệnh đã đến').waitFor();
    await assertNoFaults(desk, 'story desk arrived');
    await desk.setViewportSize(PHONE);
    await assertNoFaults(desk, 'story desk on a phone');
    await desk.context().close();
    await at('citizen').getByText('Nơi nhận hẹn giờ đến').waitFor();
    assert.deepEqual(await shownNotification(at('citizen')), {
      title: 'Sổ sức khỏe',
      body: 'Bạn có tin mới trong sổ sức khỏe. Mở sổ để xem.',
    });
    const station = at('vc.doctor');
    await station.locator('.newsbar').getByText('Đồng ý tiếp nhận').waitFor();
    await assertNoFaults(station, 'story station news');
    await station.keyboard.press('v');
    await station.locator('.newsbar').waitFor({ state: 'detached' });
    await at('citizen').getByText('Đã đến nơi nhận').first().waitFor();
  });

  let toBachMai: string;
  test('the centre refers on to the province, whose own software accepts, opens the visit and refers to Bạch Mai', async () => {
    const page = at('kv.doctor');
    await page.goto(`${server.url}/clinic/`);
    await page.locator('header.top').waitFor();
    await openPatient(page);
    await refer(page, PROVINCE, 'Nhồi máu cơ tim, cần can thiệp mạch vành');
    await settled();
    const waiting = await his.get(
      `/Task?owner:identifier=${encodeURIComponent(`${FACILITY}|${PROVINCE.facility}`)}&status=requested`,
    );
    const task = waiting.body.entry![0]!.resource!;
    const accepted = await his.send('PUT', `/Task/${task.id}`, { ...task, status: 'accepted' });
    assert.equal(accepted.status, 200, accepted.text);
    const own = await his.send('POST', '/Patient', {
      resourceType: 'Patient',
      identifier: [{ system: PERSON, value: NUMBER }],
      name: [{ text: NAME }],
      gender: 'male',
      birthDate: '1963-05-04',
    });
    assert.equal(own.status, 201, own.text);
    const visit = await his.send('POST', '/Encounter', {
      resourceType: 'Encounter',
      status: 'in-progress',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMER' },
      subject: { reference: `Patient/${own.body.id}` },
      basedOn: [(task as unknown as { focus: object }).focus],
    });
    assert.equal(visit.status, 201, visit.text);
    await page.locator('.ticks .ok').getByText('Người bệnh đã đến').waitFor();
    const further = await his.send('POST', '/ServiceRequest/$refer', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueReference: { reference: `Patient/${own.body.id}` } },
        { name: 'to', valueIdentifier: facilityId(BACH_MAI.facility) },
        { name: 'reason', valueString: 'Nhồi máu cơ tim cấp, cần can thiệp ngay' },
        {
          name: 'diagnosis',
          valueCoding: { system: ICD10_VN, code: 'I21.0', display: 'Nhồi máu cơ tim cấp thành trước' },
        },
        { name: 'DAU_HIEU_LS', valueString: 'Đau ngực trái, ST chênh lên V1–V4' },
        { name: 'QT_BENHLY', valueString: 'Khởi phát 4 giờ trước' },
        { name: 'MA_LYDO_CT', valueCode: '2' },
        { name: 'HUONG_DIEU_TRI', valueString: 'Can thiệp mạch vành qua da' },
        { name: 'PHUONGTIEN_VC', valueString: 'Xe cứu thương' },
        { name: 'MA_BAC_SI', valueString: '000927001/GPHN' },
        { name: 'MA_TTDV', valueString: '0001000/BN-GPHN' },
      ],
    });
    assert.equal(further.status, 201, further.text);
    toBachMai = (
      further.body.parameter as unknown as { name: string; valueReference: { reference: string } }[]
    ).find(({ name }) => name === 'task')!.valueReference.reference;
  });

  test('Bạch Mai accepts, treats and answers; the appointment to come again is printed', async () => {
    const page = await staff('bm.doctor', '/clinic/referrals');
    await card(page).click();
    await page.keyboard.press('a');
    await page.locator('.ticks .ok').getByText('Đồng ý tiếp nhận').waitFor();
    await page.keyboard.press('a');
    await page.locator('.ticks .ok').getByText('Người bệnh đã đến').waitFor();
    await assertNoFaults(page, 'story bach mai');
    await page.keyboard.press('t');
    await page.getByLabel('Tóm tắt: đã làm gì').fill('Đã đặt stent LAD, ổn định');
    await page.getByLabel('Dặn nơi theo dõi tiếp').fill('Kháng kết tập tiểu cầu kép 12 tháng');
    assert.equal(await page.getByLabel('Mã ICD-10').inputValue(), 'I21.0', 'what it was sent with');
    await page.getByLabel('Mã ICD-10').fill('I25.2');
    await page.getByLabel('Tên bệnh').fill('Nhồi máu cơ tim cũ');
    const [month] = new Date(Date.now() + 30 * 86_400_000).toISOString().split('T');
    await page.locator('.datefield input').first().fill(`${month}T08:00`);
    await page.keyboard.press('Control+Enter');
    await page.getByText('Đã trả lời và chuyển về.').waitFor();
    await card(page).click();
    for (const size of ['A4', 'A5']) {
      await page.locator('.papersize').getByText(size).click();
      await page.getByRole('button', { name: 'In giấy hẹn khám lại' }).click();
      const { sheets, words } = await printed(page, `appointment-${size.toLowerCase()}`);
      assert.equal(sheets, 1, `${size}: one sheet`);
      for (const part of [
        'PHIẾU HẸN KHÁM LẠI',
        'NGUYỄN VĂN BỀN',
        '01901-',
        '(I25.2)',
        '08:00',
        'BS CKI Lê Minh Khôi',
      ])
        assert.ok(words.includes(part), `${size} names ${part}`);
    }
  });

  test('and back down: province by its software, centre and station on the screen; the citizen reads the whole way', async () => {
    const answered = await his.get(`/${toBachMai}`);
    assert.match(answered.text, /Đã đặt stent LAD/);
    assert.equal(
      (await his.send('PUT', `/${toBachMai}`, { ...answered.body, status: 'completed' })).status,
      200,
    );
    const asked = await his.get(
      `/Task?owner:identifier=${encodeURIComponent(`${FACILITY}|${PROVINCE.facility}`)}&status=in-progress`,
    );
    const task = asked.body.entry![0]!.resource!;
    const told = await his.send('PUT', `/Task/${task.id}`, {
      ...task,
      status: 'completed',
      output: [
        { type: { text: 'Tóm tắt' }, valueString: 'Đã can thiệp tại Bạch Mai, về tuyến dưới theo dõi' },
      ],
    });
    assert.equal(told.status, 200, told.text);
    const centre = at('kv.doctor');
    await centre.getByText('Đã can thiệp tại Bạch Mai').first().waitFor();
    await centre.keyboard.press('a');
    await centre.getByText('Đã nhận lại người bệnh.').waitFor();
    await centre.keyboard.press('1');
    await card(centre).click();
    await centre.keyboard.press('t');
    await centre.getByLabel('Tóm tắt: đã làm gì').fill('Can thiệp xong, về trạm theo dõi');
    await centre.keyboard.press('Control+Enter');
    await centre.getByText('Đã trả lời và chuyển về.').waitFor();
    const station = at('vc.doctor');
    await station.getByText('Can thiệp xong, về trạm theo dõi').first().waitFor();
    await station.keyboard.press('a');
    await station.getByText('Đã nhận lại người bệnh.').waitFor();
    const citizen = at('citizen');
    await citizen.getByText('Việc chuyển đã xong.').nth(2).waitFor();
    assert.equal(await citizen.locator('.care ol').count(), 3, 'three referrals, each with its way');
    await citizen.getByText('Số giấy 01901-').waitFor();
    await citizen.getByText('Khoa Khám bệnh, quầy 3').waitFor({ state: 'detached' }); // the hour given there is over
    await citizen.getByRole('button', { name: 'In giấy' }).first().click();
    const { words } = await printed(citizen, 'book-appointment');
    assert.match(words, /PHIẾU HẸN KHÁM LẠI/);
    await assertNoFaults(citizen, 'story book the whole way');
  });

  test('a doctor books when the patient comes again; reception finds the paper by its number', async () => {
    const page = at('kv.doctor');
    await page.goto(`${server.url}/clinic/`);
    await page.locator('header.top').waitFor();
    await openPatient(page);
    await page.keyboard.press('Alt+h');
    await page.getByRole('heading', { name: 'Hẹn khám lại' }).waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByText('Chọn ngày giờ sau lúc này, trong vòng một năm.').waitFor();
    const [week] = new Date(Date.now() + 7 * 86_400_000).toISOString().split('T');
    await page.locator('#when').fill(`${week}T08:30`);
    await page.setViewportSize(PHONE);
    await assertNoFaults(page, 'story revisit on a phone');
    await page.setViewportSize(DESK);
    await page.keyboard.press('Control+Enter');
    await page.getByText('Đã hẹn').waitFor();
    await page.keyboard.press('Control+p');
    const { sheets, words } = await printed(page, 'revisit-a5');
    assert.equal(sheets, 1);
    const number = /27020-\d{4}-\d{6}/.exec(words)?.[0];
    assert.ok(number, words);

    const desk = await staff('kv.desk');
    await desk.keyboard.press('Control+k');
    await desk.locator('dialog.find input').fill(number);
    await desk
      .locator('.find .it')
      .filter({ hasText: NAME.toLocaleUpperCase('vi') })
      .waitFor();
    await desk.getByText('Giấy hẹn khám lại · ').waitFor();
    await assertNoFaults(desk, 'story desk finds a paper');
    await desk.keyboard.press('Enter');
    await desk.waitForURL(({ pathname }) => pathname.startsWith('/clinic/person/'));
  });

  test('what is asked of the centre shows on an open screen, without a reload', async () => {
    const desk = at('kv.desk');
    await desk.goto(`${server.url}/clinic/referrals`);
    await desk.getByText('Không có người bệnh nào đang được chuyển đến').waitFor();
    const { body } = await his.get(`/${toBachMai}`);
    const asked = await his.send('POST', '/ServiceRequest/$refer', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'kind', valueCode: 'consultation' },
        { name: 'patient', valueReference: (body as unknown as { for: object }).for },
        { name: 'to', valueIdentifier: facilityId(CENTRE.facility) },
        { name: 'reason', valueString: 'Xin ý kiến về thuốc đang dùng' },
      ],
    });
    assert.equal(asked.status, 201, asked.text);
    await card(desk).waitFor();
  });
});
