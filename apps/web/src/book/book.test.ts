import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { accessibilityFaults, hospital, staffToken } from '@yba/server/testing';
import { PHONE, screens, type Page } from '../testing/screens.ts';

const world = screens();

/** Opens the book of a citizen, the demonstration's first unless named. */
const openBook = (language: 'vi' | 'en' = 'vi', path = '/book/', name = 'Nguyễn Thị Hạnh'): Promise<Page> =>
  world.citizen(name, { language, path });

const back = (page: Page) => page.getByRole('link', { name: /Quay lại|Back/ }).click();

test('a citizen signs in with a phone and reads a visit, a result and the medicines in plain words', async () => {
  const page = await world.machine(PHONE);
  await page.goto(`${world.server.url}/book/`);
  await world.throughVneid(page, 'Nguyễn Thị Hạnh');
  await page.getByRole('heading', { name: 'Chào bà Hạnh' }).waitFor();
  await page.getByText('Thuốc hôm nay').waitFor();

  await page.getByRole('link', { name: 'Lượt khám' }).click();
  await page.getByText('Đái tháo đường típ 2').first().click();
  await page.getByText('Vì sao đi khám').waitFor();
  await page.getByText('Việc cần làm').waitFor();
  await back(page);
  await back(page);

  await page.getByRole('link', { name: /^Kết quả/ }).click();
  await page
    .getByRole('link', { name: /Đường huyết trung bình 3 tháng/ })
    .first()
    .click();
  await page.getByText('Nghĩa là gì?').waitFor();
  await page.getByText('Cao hơn mức bình thường một chút').waitFor();
  await page.getByRole('img', { name: /8,4.*7,9.*7,6.*7,2/ }).waitFor();
  await back(page);
  await back(page);

  await page.getByRole('link', { name: 'Thuốc', exact: true }).click();
  await page.getByText('Metformin').first().waitFor();
  await page.close();
});

test('a look of a doctor elsewhere appears without a reload, with name, place and reason', async () => {
  const page = await openBook('vi', '/book/access');
  await page.getByText('Đang theo dõi trực tiếp').waitFor();
  const reason = 'hội chẩn đường huyết khó chỉnh';
  assert.equal(await page.getByText(reason).count(), 0);

  const doctor = world.server.demo().personas.find(({ username }) => username === 'bs.tung.choray');
  assert.ok(doctor);
  const token = await staffToken(world.server.url, doctor.username, doctor.password);
  await open(token, reason);

  await page.getByText(reason).waitFor();
  const look = page.getByRole('listitem').filter({ hasText: reason });
  assert.match(await look.innerText(), /Bác sĩ · Bệnh viện Chợ Rẫy/);
  await back(page);
  await page.getByText(/Hôm nay \d+ lượt, đều có lý do/).waitFor();
  await page.close();
});

test('the browser verifies each look itself, and says so when one was changed or the log does not go on', async () => {
  await world.server.seal();
  const page = await openBook('vi', '/book/access');
  await page.getByRole('button', { name: /^Gửi về sổ/ }).click();
  await page.getByText(/Trình duyệt này đã kiểm chứng \d+ dòng/).waitFor();
  const mark = page.getByRole('button', { name: /^Đã kiểm chứng/ }).first();
  await mark.click();
  await page
    .getByText(/^dòng [\d.]+ trong [\d.]+$/)
    .first()
    .waitFor();
  await page
    .getByText(/^[0-9a-f]{64}$/)
    .first()
    .waitFor();
  const { access } = await pinned(page);
  assert.match(access, /audit\n\d+\n/, 'the head is remembered');

  await world.server.asOwner(`update access_log set outcome = 'failed' where action = 'transaction'`);
  await page.reload();
  await page
    .getByRole('alert')
    .getByText(/không khớp với nhật ký đã ký/)
    .waitFor();
  await page.getByRole('button', { name: /^Bị từ chối/ }).click();
  await page
    .getByRole('button', { name: /^Không khớp/ })
    .first()
    .waitFor();
  await world.server.asOwner(`update access_log set outcome = 'success' where action = 'transaction'`);

  await page.evaluate(() => {
    const pins = JSON.parse(localStorage.getItem('yba.book.audit')!) as { checkpoint: string };
    const [name, size, , ...rest] = pins.checkpoint.split('\n');
    pins.checkpoint = [name, size, btoa('x'.repeat(32)), ...rest].join('\n');
    localStorage.setItem('yba.book.audit', JSON.stringify(pins));
  });
  await page.reload();
  await page
    .getByRole('alert')
    .getByText(/không nối tiếp bản mà trình duyệt này đã thấy/)
    .waitFor();
  await page.close();
});

test('a question about a look reaches the officer of that hospital, and the answer appears by itself', async () => {
  const page = await openBook('vi', '/book/access');
  const ask = page.getByRole('button', { name: 'Hỏi lý do' }).first();
  await ask.click();
  await page.getByRole('button', { name: 'Gửi đến nơi đã xem' }).click();
  await page
    .getByRole('alert')
    .getByText(/Viết vài chữ/)
    .waitFor();
  await page.getByLabel(/muốn hỏi gì về lượt xem này/).fill('Vì sao bác sĩ xem hồ sơ của tôi?');
  const gone = { status: 404, json: { resourceType: 'OperationOutcome', issue: [] } };
  await page.route('**/fhir/AuditEvent/**', (route) => route.fulfill(gone));
  await page.getByRole('button', { name: 'Gửi đến nơi đã xem' }).click();
  // not what staff are advised, to find the patient and open the record
  await page.getByText(/^Không tìm thấy phần này\. .* hỏi nơi bà đã khám\.$/).waitFor();
  await page.unroute('**/fhir/AuditEvent/**');
  await page.getByRole('button', { name: 'Gửi đến nơi đã xem' }).click();
  await page.getByText(/Nơi đó phải trả lời trước hết ngày \d+/).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);

  const demo = world.server.demo();
  const doctor = demo.personas.find(({ username }) => username === 'bs.tung.choray');
  const officer = demo.personas.find(
    ({ role, facility }) => role === 'privacy-officer' && facility === doctor?.facility,
  );
  const token = await staffToken(world.server.url, officer!.username, officer!.password);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
  const list = await fetch(`${world.server.url}/fhir/AuditEvent/$requests`, { headers });
  const { entry } = (await list.json()) as { entry: { resource: { resourceType: string; id: string } }[] };
  const question = entry.find(({ resource }) => resource.resourceType === 'Communication')!.resource;
  const answer = 'Bác sĩ Tùng hội chẩn theo đề nghị của Bạch Mai.';
  const body = { resourceType: 'Parameters', parameter: [{ name: 'text', valueString: answer }] };
  const answered = await fetch(`${world.server.url}/fhir/Communication/${question.id}/$answer`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  assert.equal(answered.status, 201);
  await page.getByText(answer).waitFor();
  await page.close();
});

test('what is not found or not allowed is said in the words of the person, in English too', async () => {
  const page = await openBook('en', '/book/account');
  for (const [status, words] of [
    [404, 'This part was not found. If that seems wrong, ask where you were seen.'],
    [403, 'This book may not open this part.'],
  ] as const) {
    await page.route('**/fhir/**', (route) =>
      route.fulfill({ status, json: { resourceType: 'OperationOutcome', issue: [] } }),
    );
    await page.goto(`${world.server.url}/book/sharing`);
    await page.getByText(words).first().waitFor();
    assert.equal(await page.getByText(/record is not open to you|Your role/).count(), 0);
    assert.equal(
      await page.getByRole('button', { name: 'Try again' }).count(),
      0,
      'it would say the same again',
    );
    await page.unroute('**/fhir/**');
  }
  await page.close();
});

async function pinned(page: Page): Promise<{ access: string }> {
  const kept = await page.evaluate(() => localStorage.getItem('yba.book.audit'));
  return { access: (JSON.parse(kept!) as { checkpoint: string }).checkpoint };
}

/** Finds the citizen by number and opens the record, as the clinic's screen does. */
async function open(token: string, reason: string): Promise<void> {
  const citizen = world.server.demo().personas.find(({ name }) => name === 'Nguyễn Thị Hạnh');
  const post = async (path: string, parameter: unknown[]) => {
    const answer = await fetch(`${world.server.url}/fhir/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Parameters', parameter }),
    });
    assert.equal(answer.status, 200);
    return (await answer.json()) as { entry?: { resource: { id: string } }[] };
  };
  const identifier = [{ system: 'https://yba.vn/fhir/sid/cccd', value: citizen?.nationalId }];
  const found = await post('Patient/$match', [
    { name: 'resource', resource: { resourceType: 'Patient', identifier } },
  ]);
  await post(`Patient/${found.entry?.[0]?.resource.id}/$open`, [
    {
      name: 'purpose',
      valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' },
    },
    { name: 'reason', valueString: reason },
  ]);
}

/** The software of a hospital where the first citizen is known, and how its resources refer to her. */
async function bachMaiOfHanh() {
  const demo = world.server.demo();
  const citizen = demo.personas.find(({ name }) => name === 'Nguyễn Thị Hạnh');
  const bachMai = hospital(
    world.server.url,
    demo.clients.find(({ facility }) => facility === '01901')!,
  );
  const own = await bachMai.send(
    'GET',
    `/Patient?identifier=https://yba.vn/fhir/sid/cccd|${citizen?.nationalId}`,
  );
  const [entry] = own.body['entry'] as { resource: { id: string } }[];
  return { bachMai, subject: { reference: `Patient/${entry?.resource.id}` } };
}

test('a visit that a hospital sends appears in the open book by itself', async () => {
  const page = await openBook('vi', '/book/visits');
  await page.getByText(/lượt, ở \d+ nơi/).waitFor();
  const { bachMai, subject } = await bachMaiOfHanh();
  const reason = 'Chóng mặt khi đứng dậy';
  const sent = await bachMai.send('POST', '/Encounter', {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject,
    period: { start: new Date().toISOString() },
    reasonCode: [{ text: reason }],
  });
  assert.equal(sent.status, 201);
  await page.getByText(reason).waitFor();
  await page.close();
});

for (const language of ['vi', 'en'] as const) {
  test(`axe finds nothing on any page of the book (${language})`, async () => {
    const page = await openBook(language);
    const faultless = async (where: string) => assert.deepEqual(await accessibilityFaults(page), [], where);
    await page.locator('.who').waitFor();
    await faultless('home');
    for (const door of ['results', 'medicines', 'visits', 'papers', 'health', 'access', 'account']) {
      await page.locator(`a[href="/book/${door}"]`).first().click();
      await page.locator('main .sheet').first().waitFor();
      await faultless(door);
      if (door === 'results' || door === 'visits') {
        await page.locator('main li a').first().click();
        await page.locator('main .sheet h2, main .sheet dl').first().waitFor();
        await faultless(`one of ${door}`);
        await back(page);
      }
      await back(page);
    }
    await page.close();
  });
}

test('what could not be read is named, is never called none, and comes with another try', async () => {
  const page = await openBook('vi', '/book/account');
  await page.getByText('Đăng xuất').waitFor();
  await page.route('**/fhir/', async (route) => {
    const answer = await route.fetch();
    const batch = (await answer.json()) as { entry: { resource?: unknown; response: { status: string } }[] };
    const medicines = batch.entry.find(({ resource }) =>
      JSON.stringify(resource).includes('"MedicationRequest"'),
    );
    assert.ok(medicines);
    delete medicines.resource;
    medicines.response.status = '503';
    await route.fulfill({ response: answer, json: batch });
  });
  await page.reload();
  await page.getByText('Nguyễn Thị Hạnh').waitFor();
  await back(page);
  await page.getByText('Chưa tải được: thuốc.').waitFor();
  await page.getByText('Đừng coi là không có').waitFor();
  assert.equal(await page.getByText('Hôm nay không có thuốc').count(), 0);
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.unroute('**/fhir/');
  await page.getByRole('button', { name: 'Thử lại' }).click();
  await page.getByText(/Xem cả \d+ thuốc/).waitFor(); // which of them are unfolded goes by the hour
  assert.equal(await page.getByText('Chưa tải được').count(), 0);
  await page.close();
});

test('large text stays large on every page and fits the phone', async () => {
  const page = await openBook();
  await page.getByRole('button', { name: 'Chữ to' }).click();
  await page.getByRole('link', { name: /^Kết quả/ }).click();
  await page.locator('.book.large').waitFor();
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: window.innerWidth,
  }));
  assert.ok(content <= screen, `${content} > ${screen}`);
  await page.close();
});

test('a paper that a hospital sent opens beside the book', async () => {
  const page = await openBook('vi', '/book/papers');
  const [paper] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: /^Mở/ }).first().click(),
  ]);
  await paper
    .getByText(/GIẤY|CHUYỂN|Họ tên|Chẩn đoán/i)
    .first()
    .waitFor();
  await page.close();
});

test('papers open as what they hold, also data that is itself JSON, and one without its file says so in plain words', async () => {
  const { bachMai, subject } = await bachMaiOfHanh();
  const held = '{"đường huyết":"8,4"}';
  const binary = await bachMai.send('POST', '/Binary', {
    resourceType: 'Binary',
    contentType: 'application/json',
    securityContext: subject,
    data: Buffer.from(held).toString('base64'),
  });
  assert.equal(binary.status, 201);
  const papers = [
    ['Dữ liệu máy đo', `Binary/${binary.body['id'] as string}`],
    ['Giấy đã mất', 'Binary/khong-co'],
  ] as const;
  for (const [title, url] of papers) {
    const sent = await bachMai.send('POST', '/DocumentReference', {
      resourceType: 'DocumentReference',
      status: 'current',
      subject,
      date: '2026-11-20T08:00:00+07:00',
      description: title,
      type: { text: title },
      content: [{ attachment: { contentType: 'application/json', url, title } }],
    });
    assert.equal(sent.status, 201);
  }

  const page = await openBook('vi', '/book/papers');
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /Dữ liệu máy đo/ }).click(),
  ]);
  assert.equal(await readFile(await saved.path(), 'utf8'), held);
  await page.getByRole('button', { name: /Giấy đã mất/ }).click();
  await page.getByText('Chưa mở được giấy này. Không tìm thấy tệp; hãy hỏi nơi đã khám.').waitFor();
  await page.close();
});

test('the log of looks is downloaded as a table and as the original', async () => {
  const page = await openBook('vi', '/book/access');
  for (const [button, ending] of [
    ['Tải bảng (CSV)', '.csv'],
    ['Tải gốc (JSON)', '.json'],
  ] as const) {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: button }).click(),
    ]);
    assert.ok(file.suggestedFilename().endsWith(ending));
  }
  await page.close();
});

test('a person gives a code, keeps a hospital out, and takes both back', async () => {
  const page = await openBook('vi', '/book/sharing');
  await page.getByRole('button', { name: /Đưa mã cho bác sĩ xem/ }).click();
  await page.route('**/$share', (route) => route.fetch().then(() => route.abort()), { times: 1 }); // the answer is lost
  await page.getByRole('button', { name: 'Tạo mã' }).click();
  await page.getByText('Không tới được máy chủ').waitFor();
  await page.getByRole('button', { name: 'Tạo mã' }).click();
  await page.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/).waitFor();
  await page.getByRole('img', { name: 'Mã chia sẻ' }).waitFor();
  await page.getByRole('button', { name: 'Xong' }).click();
  await page.getByText('Mã chia sẻ đang mở').waitFor();

  await page.getByRole('button', { name: /Không cho ai đó xem/ }).click();
  await page.getByLabel('Không cho ai xem').selectOption({ label: 'Bệnh viện Chợ Rẫy' });
  await page.getByLabel('Chỉ một số loại').check();
  await page.getByRole('button', { name: 'Không cho xem', exact: true }).click();
  await page.getByText('Hãy chọn ít nhất một loại').waitFor();
  await page.getByLabel('Sức khỏe tâm thần').check();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.route('**/fhir/Consent', (route) => route.fetch().then(() => route.abort()), { times: 1 }); // the answer is lost
  await page.getByRole('button', { name: 'Không cho xem', exact: true }).click();
  await page.getByText('Không tới được máy chủ').waitFor();
  await page.getByRole('button', { name: 'Không cho xem', exact: true }).click();
  await page.getByText('Không cho xem: Bệnh viện Chợ Rẫy').first().waitFor();
  assert.equal(await page.locator('.decision').count(), 2, 'the code and the refusal, each once');
  assert.deepEqual(await accessibilityFaults(page), []);
  for (let left = 2; left > 0; left--) {
    await page.getByRole('button', { name: 'Thu hồi' }).first().click();
    await page.waitForFunction((count) => document.querySelectorAll('.decision').length < count, left);
  }
  await page.getByText('chưa quyết định gì riêng').waitFor();
  await page.close();
});

test('a mother opens the book of her child beside her own, and is told whose it is', async () => {
  const page = await openBook('vi', '/book/account', 'Bùi Ngọc Anh');
  await page.getByText('Sổ của người nhà').waitFor();
  await page.getByText('Đặng Bảo Châu').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByRole('button', { name: 'Mở sổ' }).click();
  await page.getByText('Đang xem sổ của Đặng Bảo Châu').waitFor();
  await page.getByText('Ai đã xem hồ sơ').first().waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByRole('button', { name: 'Về sổ của mình' }).click();
  await page.getByText('Ai đã xem hồ sơ').waitFor();
  await page.close();
});
