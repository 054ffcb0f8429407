import assert from 'node:assert/strict';
import { test } from 'node:test';
import { citizenToken, staffToken } from '@yba/server/testing';
import { assertNoFaults, DESK, screens, shot, SMALL_PHONE, type Page } from '../../testing/screens.ts';

const world = screens();
const CHO_RAY = '79013';

const personaOf = (role: string) => world.persona({ role, facility: CHO_RAY });
const signIn = (language: 'vi' | 'en', size: { width: number; height: number }): Promise<Page> =>
  world.staff({ role: 'privacy-officer', facility: CHO_RAY }, { language, size, path: '/clinic/privacy' });

test('the officer reads an alert, says what was found, and opens it again', async () => {
  const empty = await signIn('vi', { width: 1366, height: 768 });
  await empty.getByText('Không có cảnh báo nào').waitFor();
  await assertNoFaults(empty, 'no alerts');

  const desk = personaOf('receptionist');
  const token = await staffToken(world.server.url, desk.username, desk.password);
  for (let n = 0; n < 10; n++) {
    const { status } = await fetch(`${world.server.url}/fhir/Observation?code=GLU`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(status, 403);
  }

  const page = empty; // the alert appears by itself
  await page.getByText(/bị từ chối 10 lần trong 60 phút/).waitFor();
  await page.getByRole('heading', { name: '10 dòng nhật ký làm căn cứ' }).waitFor();
  await assertNoFaults(page, 'an alert');
  await page.locator('.judge input').fill('nhầm');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'ít nhất hai từ' }).waitFor();
  await page.locator('.judge input').fill('Bấm nhầm màn hình, đã nhắc');
  await page.keyboard.press('Enter');
  await page.getByText('Đã ghi kết luận').waitFor();
  await page.locator('body').click();
  await page.keyboard.press('2');
  await page.getByText('“Bấm nhầm màn hình, đã nhắc”').waitFor();
  await page.locator('.judge input').fill('Xem lại với khoa');
  await page.keyboard.press('Enter');
  await page.getByText('Đã mở lại cảnh báo').waitFor();
  await page.context().close();

  const phone = await signIn('en', { width: 390, height: 844 });
  await phone.getByText(/was refused 10 times within 60 minutes/).waitFor();
  await assertNoFaults(phone, 'an alert on a phone, in English');
  await phone.context().close();
});

/** A doctor of the hospital opens a citizen's record, and the citizen asks why. */
async function askedWhy(): Promise<void> {
  const doctor = personaOf('doctor');
  const citizen = world.server.demo().personas.find(({ name }) => name === 'Nguyễn Thị Hạnh')!;
  const tokens = {
    doctor: await staffToken(world.server.url, doctor.username, doctor.password),
    citizen: await citizenToken(world.server.url, citizen.nationalId!, citizen.password!),
  };
  const send = async (who: keyof typeof tokens, path: string, parameter?: unknown[]) => {
    const answer = await fetch(`${world.server.url}/fhir/${path}`, {
      headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/fhir+json' },
      ...(parameter
        ? { method: 'POST', body: JSON.stringify({ resourceType: 'Parameters', parameter }) }
        : {}),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return (await answer.json()) as { entry?: { resource: { id: string } }[] };
  };
  const identifier = [{ system: 'https://yba.vn/fhir/sid/cccd', value: citizen.nationalId }];
  const found = await send('doctor', 'Patient/$match', [
    { name: 'resource', resource: { resourceType: 'Patient', identifier } },
  ]);
  await send('doctor', `Patient/${found.entry![0]!.resource.id}/$open`, [
    {
      name: 'purpose',
      valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' },
    },
    { name: 'reason', valueString: 'khám chuyên khoa' },
  ]);
  const log = await send('citizen', 'AuditEvent?_count=200');
  const look = log.entry!.find(({ resource }) => JSON.stringify(resource).includes(doctor.name!))!;
  await send('citizen', `AuditEvent/${look.resource.id}/$request`, [
    { name: 'kind', valueCode: 'ask' },
    { name: 'text', valueString: 'Tôi chưa khám ở đây, vì sao bác sĩ xem hồ sơ của tôi?' },
  ]);
}

test('the officer answers what a person asks about a look', async () => {
  const page = await signIn('vi', { width: 1366, height: 768 });
  await page.goto(`${world.server.url}/clinic/privacy/requests`);
  await page.getByText('Không có yêu cầu nào chờ trả lời').waitFor();
  await assertNoFaults(page, 'no requests');
  await askedWhy();
  await page.getByRole('option').filter({ hasText: 'Nguyễn Thị Hạnh' }).waitFor(); // by itself
  await page.getByText('Tôi chưa khám ở đây').waitFor();
  await assertNoFaults(page, 'a request');
  await page.getByRole('button', { name: 'Gửi trả lời' }).click();
  await page.getByRole('alert').waitFor();
  await page.locator('.judge textarea').fill('Bác sĩ xem theo giấy chuyển tuyến của bà.');
  await page.getByRole('button', { name: 'Gửi trả lời' }).click();
  await page.getByText('Đã gửi. Người bệnh đọc được').waitFor();
  await page.locator('body').click();
  await page.keyboard.press('2');
  await page.getByText('Bác sĩ xem theo giấy chuyển tuyến').waitFor();
  await page.context().close();

  const phone = await signIn('en', { width: 360, height: 780 });
  await phone.goto(`${world.server.url}/clinic/privacy/requests`);
  await phone.getByRole('button', { name: /ANSWERED/i }).click();
  await phone.getByRole('option').waitFor();
  await assertNoFaults(phone, 'requests on a phone, in English');
  await phone.context().close();
});

test('the officer sees and sets when alerts are raised, and reads the facility’s own security file', async () => {
  const page = await signIn('vi', DESK);
  await page.getByRole('link', { name: 'NGƯỠNG' }).click();
  const rule = page.getByRole('region', { name: 'Bị từ chối nhiều lần' });
  await rule.getByText('Từ 10 lần bị từ chối trong 60 phút').first().waitFor();
  await page.getByText('không nới được').first().waitFor();
  await rule.getByRole('button', { name: 'Đổi ngưỡng' }).click();
  await rule.getByLabel('Số lần').fill('900');
  await rule.getByLabel('Vì sao đổi').fill('Vừa có sự cố');
  await assertNoFaults(page, 'thresholds');
  await rule.locator('form').evaluate((form: HTMLFormElement) => (form.noValidate = true));
  await rule.getByRole('button', { name: 'Lưu ngưỡng' }).click();
  await rule.getByRole('alert').filter({ hasText: 'Số lần: phải từ 3 đến 50' }).waitFor();
  await shot(page, 'thresholds-1366');
  await rule.getByLabel('Số lần').fill('5');
  await rule.getByRole('button', { name: 'Lưu ngưỡng' }).click();
  await page.getByText('Đã đổi ngưỡng').waitFor();
  await rule.getByText('“Vừa có sự cố”').waitFor();
  await page.getByRole('link', { name: 'AN TOÀN' }).click();
  await page.getByRole('heading', { name: 'Hồ sơ cấp độ an toàn' }).waitFor();
  await page.getByRole('region', { name: 'Hồ sơ cấp độ an toàn' }).waitFor();
  await assertNoFaults(page, 'the security file');
  await shot(page, 'clinic-security-1366');
  await page.setViewportSize(SMALL_PHONE);
  await assertNoFaults(page, 'the security file on a phone');
  await shot(page, 'clinic-security-360');
  await page.getByRole('link', { name: 'NGƯỠNG' }).click();
  await rule.getByText('“Vừa có sự cố”').waitFor();
  await assertNoFaults(page, 'thresholds on a phone');
  await shot(page, 'thresholds-360');
  await page.context().close();
});
