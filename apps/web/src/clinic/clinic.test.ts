import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoFaults, DESK as desk, PHONE as phone, screens, type Page } from '../testing/screens.ts';

const world = screens();
const HANH = {
  number: '027163000001',
  qr: '027163000001||Nguyễn Thị Hạnh|14031963|Nữ|Võ Cường, Bắc Ninh|01072021',
};
const CHO_RAY = '79013';
const BACH_MAI = '01901';

/** A member of staff, signed in at the clinic door. */
const signIn = (role: string, facility: string, opening?: Parameters<typeof world.staff>[1]) =>
  world.staff({ role, facility }, opening);

/** Finds Hạnh by the QR text of her card and opens her record for treatment, or goes on when it is open. */
async function openHanh(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').fill(HANH.qr);
  await page.locator('.it').first().waitFor();
  await page.keyboard.press('Enter');
  const sheet = page.locator('.why');
  await sheet.or(page.locator('.ban')).first().waitFor();
  if (await sheet.isVisible()) await page.keyboard.press('Enter');
  await page.locator('.ban').waitFor();
}

const softwareOf = world.software;

const coded = (system: string, code: string) => ({ coding: [{ system, code }] });

test('a doctor of another hospital scans a card, states a reason, and reads one chart', async () => {
  const page = await signIn('doctor', CHO_RAY);
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').fill(HANH.qr);
  await page.getByText('Khớp số định danh').waitFor();
  const found = page.locator('.it').first();
  assert.match(await found.innerText(), /NGUYỄN THỊ HẠNH[\s\S]*14\/03\/1963/);
  assert.match(await found.innerText(), /Chưa mở ở đây/);
  assert.equal(await page.getByText('Penicillin').count(), 0, 'finding shows identity only');
  await assertNoFaults(page, 'find');

  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Vì sao cần mở hồ sơ này?' }).waitFor();
  await page.getByText(/đã mở hồ sơ để\s*khám, chữa bệnh/).waitFor();
  await assertNoFaults(page, 'reason');
  await page.waitForTimeout(300); // the chart's code has come while the reason was read

  await page.keyboard.press('Enter');
  await page.locator('.fs tbody tr').first().waitFor();
  await page.locator('.alg').getByText('NẶNG · Penicillin').waitFor();
  await page.getByText('Đái tháo đường típ 2').first().waitFor();
  await page.getByText('Metformin').first().waitFor();
  for (const place of ['Bạch Mai', 'Bắc Ninh', 'Thái Nguyên', 'Võ Cường']) {
    await page.locator('.lanes text.ln').filter({ hasText: place }).first().waitFor();
  }
  await assertNoFaults(page, 'chart');
  assert.ok(!page.url().includes(HANH.number), 'no person number in the address');

  await page.setViewportSize({ width: 360, height: 740 });
  const strip = await page.locator('.alg').innerText();
  for (const allergy of await page.locator('.alg .as .a').all()) {
    const seen = await allergy.boundingBox();
    assert.ok(seen && seen.x >= 0 && seen.x + seen.width <= 360, `on a phone too all is seen of: ${strip}`);
  }
  await page.context().close();
});

test('an emergency asks for two words before it opens', async () => {
  const page = await signIn('nurse', CHO_RAY);
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').fill(HANH.number);
  await page.locator('.it').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.why').waitFor();
  await page.keyboard.press('0');
  await page.locator('#why-words').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Cấp cứu cần lý do ít nhất hai từ').waitFor();
  await page.locator('#why-words').fill('hôn mê sâu');
  await page.locator('.why').getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: /^Why/ }).waitFor();
  assert.equal(await page.locator('#why-words').inputValue(), 'hôn mê sâu', 'what was typed stays');
  await page.locator('.why').getByRole('button', { name: 'Tiếng Việt' }).click();
  await page.locator('#why-words').press('Enter');
  await page.locator('.alg').getByText('Penicillin').waitFor();
  await page.context().close();
});

test('the chart shows results over time, a trend, medicines, visits and documents by keys alone', async () => {
  const page = await signIn('doctor', BACH_MAI);
  await openHanh(page);
  await page.locator('.fs').getByText('HbA1c').first().click();
  await page.locator('dialog.box .trend svg').waitFor();
  await assertNoFaults(page, 'trend');
  await page.keyboard.press('Escape');
  for (const [key, text] of [
    ['Alt+2', 'Sinh hiệu'],
    ['Alt+3', 'Metformin 1000 mg'],
    ['Alt+4', 'Bệnh viện Đa khoa Thái Nguyên'],
    ['Alt+5', 'Giấy chuyển cơ sở khám chữa bệnh'],
  ] as const) {
    await page.keyboard.press(key);
    await page.locator('.tab').getByText(text).first().waitFor();
    await assertNoFaults(page, key);
  }
  await page.locator('pre').getByText('Kính gửi').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Phím của màn này' }).waitFor();
  await assertNoFaults(page, 'key card');
  await page.context().close();
});

test('the summary prints on one A4 page, with a code that leads back without naming anybody', async () => {
  const page = await signIn('doctor', BACH_MAI);
  await openHanh(page);
  assert.equal(await page.locator('.paper').count(), 0, 'no paper before its printing was asked for');
  await page.evaluate(() => (window.print = () => {}));
  await page.keyboard.press('Control+p');
  await page
    .locator('.paper .foot')
    .getByText(/Mã kiểm [0-9a-f]{4}/)
    .waitFor({ state: 'attached' });
  const code = /Mã kiểm ([0-9a-f ]+)/
    .exec(await page.locator('.paper .foot').innerText())?.[1]
    ?.replaceAll(' ', '');
  const pdf = await page.pdf({ preferCSSPageSize: true });
  assert.equal(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length, 1);
  await page.goto(`${page.url()}#${code}`);
  await page.getByText('Mã kiểm khớp').waitFor();
  await page.context().close();
});

test('a reload keeps the person signed in and the chart open: a few dozen files, 250 kB at most', async () => {
  const page = await signIn('doctor', BACH_MAI);
  await openHanh(page);
  await page.reload();
  await page.locator('.ban').getByText('NGUYỄN THỊ HẠNH').waitFor();
  const scripts = await page.evaluate(() =>
    (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .filter(({ name }) => name.endsWith('.js'))
      .map(({ encodedBodySize }) => encodedBodySize),
  );
  const bytes = scripts.reduce((sum, size) => sum + size, 0);
  assert.ok(scripts.length > 5 && scripts.length <= 36, `${scripts.length} files`);
  assert.ok(bytes > 150_000 && bytes <= 250 * 1024, `${bytes} bytes`);
  await page.context().close();
});

test('keys never fire while a name is typed, and Enter presses the button that has the focus', async () => {
  const page = await signIn('doctor', BACH_MAI);
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').pressSequentially('1234 ? Nguyễn');
  assert.equal(await page.locator('dialog.find input').inputValue(), '1234 ? Nguyễn');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Tìm người bệnh/ }).focus();
  await page.keyboard.press('Enter');
  await page.locator('dialog.find').waitFor(); // the button, not the chosen row
  await page.context().close();
});

test('a new result of another hospital shows in the open chart without a reload', async () => {
  const page = await signIn('doctor', BACH_MAI);
  await openHanh(page);
  await page.locator('.fs tbody tr').first().waitFor();
  const bacNinh = softwareOf('27001');
  const mine = await bacNinh.send('GET', `/Patient?identifier=https://yba.vn/fhir/sid/cccd|${HANH.number}`);
  const { entry } = mine.body as { entry: { resource: { id: string } }[] };
  const sent = await bacNinh.send('POST', '/Observation', {
    resourceType: 'Observation',
    status: 'final',
    category: [coded('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
    code: { ...coded('https://yba.vn/fhir/CodeSystem/test', 'K'), text: 'Kali' },
    subject: { reference: `Patient/${entry[0]?.resource.id}` },
    effectiveDateTime: new Date().toISOString(),
    valueQuantity: { value: 6.7, unit: 'mmol/L' },
    interpretation: [coded('http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', 'HH')],
  });
  assert.equal(sent.status, 201, JSON.stringify(sent.body));
  await page.locator('.fs .danger').getByText('6,7').waitFor({ timeout: 5000 });
  await page.context().close();
});

test('reception finds a person and reads visits, and is told what it does not see', async () => {
  const page = await signIn('receptionist', CHO_RAY);
  await openHanh(page);
  await page.getByText(/Không xem: .*dị ứng/).waitFor();
  await page.getByText('Bệnh viện Đa khoa Thái Nguyên').first().waitFor();
  assert.equal(await page.getByText('Penicillin').count(), 0);
  await assertNoFaults(page, 'reception');
  await page.context().close();
});

test('an identity officer is warned of a number that does not fit, and stores one that does', async () => {
  const sent = await softwareOf(BACH_MAI).send('POST', '/Patient', {
    resourceType: 'Patient',
    identifier: [{ system: `https://yba.vn/fhir/sid/mrn/${BACH_MAI}`, value: 'KHONG-SO-1' }],
    name: [{ text: 'Lý Thị Không Số' }],
    gender: 'female',
    birthDate: '1988-04-05',
  });
  assert.equal(sent.status, 201, JSON.stringify(sent.body));
  const page = await signIn('identity-officer', BACH_MAI);
  await page.getByRole('heading', { name: 'Người chưa có số định danh' }).waitFor();
  const row = page.getByRole('button', { name: 'LÝ THỊ KHÔNG SỐ' });
  await row.click();
  await assertNoFaults(page, 'identity list');
  await page.locator('#person-number').fill('001088777001');
  await page.getByText('Giới trong số khác giới đã ghi.').waitFor();
  await page.locator('#person-number').fill('001188777001');
  await page.getByRole('button', { name: /Lưu số định danh/ }).click();
  await page.getByText('Máy chủ đã lưu số của Lý Thị Không Số.').waitFor();
  await row.waitFor({ state: 'detached' });
  await page.context().close();
});

test('two identity officers compare a pair by keys and make it one person', async () => {
  const told = (facility: string, name: string, birthDate: string) => ({
    resourceType: 'Patient',
    identifier: [{ system: `https://yba.vn/fhir/sid/mrn/${facility}`, value: 'D-1' }],
    name: [{ text: name }],
    gender: 'female',
    birthDate,
    telecom: [{ system: 'phone', value: '0912345678' }],
    address: [{ line: ['Thôn Đoài'], city: 'Xã Minh Đài', state: 'Tỉnh Phú Thọ' }],
  });
  const own = await softwareOf(BACH_MAI).send(
    'POST',
    '/Patient',
    told(BACH_MAI, 'QUACH THI DIEU HIEN', '1961'),
  );
  const other = await softwareOf(CHO_RAY).send(
    'POST',
    '/Patient',
    told(CHO_RAY, 'Quách Thị Diệu Hiền', '1961-04-30'),
  );
  assert.deepEqual([own.status, other.status], [201, 201]);

  const page = await signIn('identity-officer', BACH_MAI, { path: '/clinic/identities' });
  const pair = page.locator('.pair', { hasText: 'QUACH THI DIEU HIEN' });
  for (let tries = 0; tries < 80 && (await pair.count()) === 0; tries++) {
    await page.waitForTimeout(500); // newcomers are compared a moment after they came
    await page.keyboard.press('Alt+r');
  }
  await pair.click();
  await page.getByText('cùng năm, một bên chỉ biết năm').waitFor();
  await page.getByText('••• 678').waitFor();
  await assertNoFaults(page, 'pairs');
  await page.setViewportSize(phone);
  await assertNoFaults(page, 'pairs on a phone');
  await page.setViewportSize(desk);
  await page.keyboard.press('1');
  await page.getByText(/Chờ người thứ hai xác nhận/).waitFor();
  await page.context().close();

  const second = await signIn('identity-officer', CHO_RAY, { path: '/clinic/identities', language: 'en' });
  await second.keyboard.press('Alt+2');
  await second.locator('.panel', { hasText: 'Merge: one person' }).waitFor();
  await assertNoFaults(second, 'decisions');
  await second.keyboard.press('1');
  await second.getByText('The server has done what was decided.').waitFor();
  await second.keyboard.press('Alt+4');
  await second.locator('#record-number').fill('D-1');
  await second.keyboard.press('Enter');
  await second.getByText('2 registrations of one person').waitFor();
  await assertNoFaults(second, 'taking out');
  await second.context().close();
});

test('administrators and privacy officers land on what they can do', async () => {
  const admin = await signIn('admin', BACH_MAI);
  await admin.getByRole('heading', { name: 'Gửi lên mà chưa lưu được' }).waitFor();
  await assertNoFaults(admin, 'quarantine');
  await admin.context().close();
  const privacy = await signIn('privacy-officer', CHO_RAY);
  await privacy.getByRole('heading', { name: 'Nhật ký truy cập của nơi này' }).waitFor();
  await privacy.locator('.qt tbody tr').first().waitFor();
  await assertNoFaults(privacy, 'access log');
  await privacy.context().close();
});

test('an emergency says what follows, and the privacy officer reviews it in words', async () => {
  const page = await signIn('doctor', CHO_RAY);
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').fill('019041000008');
  await page.getByText('Khớp số định danh').waitFor();
  await page.locator('.it').first().waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('0');
  await page.getByText('Cán bộ bảo vệ dữ liệu xem xét trong 72 giờ').waitFor();
  await page.getByLabel('Lý do, bằng lời của bạn').fill('Ngừng tim tại phòng khám');
  await assertNoFaults(page, 'emergency');
  await page.keyboard.press('Enter');
  await page
    .locator('.whyline')
    .getByText(/cấp cứu đến/)
    .waitFor();
  await assertNoFaults(page, 'why a chart can be seen');
  await page.context().close();

  const officer = await signIn('privacy-officer', CHO_RAY, { path: '/clinic/privacy/reviews' });
  await officer.getByText('“Ngừng tim tại phòng khám”').first().click();
  await assertNoFaults(officer, 'reviews');
  await officer.setViewportSize(phone);
  await assertNoFaults(officer, 'reviews on a phone');
  await officer.setViewportSize(desk);
  await officer.keyboard.press('Alt+c');
  await officer.getByText('Hãy ghi vì sao').waitFor();
  await officer.getByLabel('Kết luận, bằng lời của bạn').fill('Vào viện lúc 8 giờ, có bệnh án');
  await officer.keyboard.press('Alt+c');
  await officer.getByText('“Ngừng tim tại phòng khám”').first().waitFor({ state: 'detached' });
  await officer.context().close();
});

test('a wrong password says what to do, and the doors page has no fault in either language', async () => {
  for (const size of [desk, phone]) {
    for (const language of ['vi', 'en'] as const) {
      const context = await world.browser.newContext({ viewport: size });
      await context.addInitScript((kept) => localStorage.setItem('yba.language', kept), language);
      const page = await context.newPage();
      await page.goto(world.server.url);
      await page.locator('.doorlink').first().waitFor();
      await assertNoFaults(page, `doors ${size.width} ${language}`);
      await page.goto(`${world.server.url}/clinic/`);
      await page.locator('#username').fill('khong.co');
      await page.locator('#password').fill('sai-mat-khau');
      await page.locator('button[type=submit]').click();
      await page
        .getByText(
          language === 'vi'
            ? /Tên đăng nhập hoặc mật khẩu không đúng/
            : /username or the password is not right|username or password is not right/,
        )
        .waitFor();
      await assertNoFaults(page, `sign-in ${size.width} ${language}`);
      await context.close();
    }
  }
});

test('the clinic fits a phone and speaks English without a fault', async () => {
  const page = await signIn('doctor', BACH_MAI, { size: phone, language: 'en' });
  await page.locator('.qt tbody tr').first().waitFor();
  await assertNoFaults(page, 'workbench on a phone');
  await openHanh(page);
  await page.getByText('SEVERE · Penicillin').waitFor();
  await assertNoFaults(page, 'chart on a phone');
  for (const tab of ['Results', 'Medicines', 'Visits', 'Documents']) {
    await page.getByRole('button', { name: tab, exact: true }).click();
    await assertNoFaults(page, `${tab} on a phone`);
  }
  await page.locator('header.top').getByRole('button', { name: 'Tiếng Việt' }).click();
  await page.getByRole('button', { name: 'Giấy tờ', exact: true }).waitFor();
  await page.context().close();
});
