import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT } from './root.ts';

const folder = mkdtempSync(join(tmpdir(), 'yba-conform-'));
after(() => rmSync(folder, { recursive: true }));

const faulty = readFileSync(join(ROOT, 'docs/examples/visit.json'), 'utf8').replace(
  '"1963-09-02"',
  '"02/09/1963"',
);
mkdirSync(join(folder, 'sent'));
writeFileSync(join(folder, 'sent', 'visit.json'), faulty);
writeFileSync(join(folder, 'notes.txt'), 'Kính gửi');

type Ran = { code: number; out: string; err: string };

/** Runs the command as a vendor does; `input` is what it reads when it is asked to read from elsewhere. */
const conform = (args: string[], input = ''): Promise<Ran> =>
  new Promise((resolve) => {
    const main = join(ROOT, 'apps/server/src/main.ts');
    const child = execFile(process.execPath, [main, 'conform', ...args], { cwd: ROOT }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
    child.stdin?.end(input);
  });

test('says in Vietnamese what is wrong in a folder, with place, rule and fix, and keeps a page to print', async () => {
  const page = join(folder, 'report.html');
  const { code, out } = await conform([join(folder, 'sent'), '--html', page]);
  assert.equal(code, 1);
  assert.match(out, /LỖI {2}Bundle\.entry\[0\]\.resource\.birthDate {2}dòng 16/);
  assert.match(out, /“99\/99\/9999” không phải date hợp lệ/);
  assert.match(out, /Sửa: Ghi ngày có thật/);
  assert.match(out, /fhir-value · .*FHIR R4/);
  assert.doesNotMatch(out, /1963|\u001b\[/, 'no value, no colour where there is no terminal');
  const html = readFileSync(page, 'utf8');
  assert.match(html, /<html lang="vi">/);
  assert.match(html, /Ghi ngày có thật[\s\S]*Write a day that exists/);
  assert.doesNotMatch(html, /1963|<script/);
});

test('gives software a report, and reads what is piped to it', async () => {
  const { code, out } = await conform(['-', '--json', '--show-values', '--lang', 'en'], faulty);
  assert.equal(code, 1);
  const { parameter } = JSON.parse(out) as {
    parameter: {
      name: string;
      valueBoolean?: boolean;
      part?: {
        name: string;
        resource?: { issue: { severity: string; diagnostics: string; expression: string[] }[] };
      }[];
    }[];
  };
  assert.equal(parameter.find(({ name }) => name === 'passed')?.valueBoolean, false);
  const outcome = parameter
    .find(({ name }) => name === 'file')
    ?.part?.find(({ name }) => name === 'outcome')?.resource;
  assert.deepEqual(outcome?.issue[0]?.expression, ['Bundle.entry[0].resource.birthDate']);
  assert.match(outcome?.issue[0]?.diagnostics ?? '', /02\/09\/1963.*Write a day that exists/);
});

test('ends with 0 when all is well, with 2 when something cannot be read', async () => {
  const [well, strange, nowhere, asked] = await Promise.all([
    conform([
      join(ROOT, 'docs/examples/visit.json'),
      join(ROOT, 'docs/examples/dossier.xml'),
      '--lang',
      'en',
    ]),
    conform([join(folder, 'notes.txt')]),
    conform([join(folder, 'nothing.json'), '--lang', 'en']),
    conform(['x.json', '--lang', 'fr']),
  ]);
  assert.deepEqual([well.code, strange.code, nowhere.code, asked.code], [0, 2, 2, 2]);
  assert.match(well.out, /Nothing was found wrong/);
  assert.match(strange.out, /Không phải JSON, XML hay HL7 v2/);
  assert.match(nowhere.err, /there is no such file/);
  assert.match(asked.err, /vi \| en/);
});
