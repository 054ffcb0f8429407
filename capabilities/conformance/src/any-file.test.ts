import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generator } from '@yba/vietnam/testing';
import { checkFile } from './check.ts';
import { reportHtml } from './report/html.ts';
import { reportParameters } from './report/parameters.ts';
import { reportOn } from './report/report.ts';
import { reportText } from './report/text.ts';

const example = (name: string) => readFileSync(new URL(`../../../docs/examples/${name}`, import.meta.url));

/** Values that stand where JSON had another. */
const strange = ['null', '[]', '{}', '""', '-1', 'true', '[null]', '{"a":[[]]}', '"\\u0000"'];

test('answers for whatever a file holds: pieces missing, doubled, of another type', async () => {
  const random = generator(7);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const json = example('visit.json').toString();
  const values = [...json.matchAll(/: ("[^"]*"|\{|\[|[\d.]+)/g)];
  for (let round = 0; round < 250; round++) {
    const whole = pick([example('visit.json'), example('dossier.xml')]);
    const at = Math.floor(random() * whole.length);
    const cut = Buffer.concat([whole.subarray(0, at), whole.subarray(at + Math.floor(random() * 40))]);
    const bytes = Buffer.from(cut);
    if (random() < 0.3) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const value = pick(values);
    const other =
      json.slice(0, value.index + 2) + pick(strange) + json.slice(value.index + 2 + value[1]!.length);
    const files = [
      await checkFile({ name: 'bytes', bytes }),
      await checkFile({ name: 'value', bytes: Buffer.from(other) }),
    ];
    const report = reportOn(files);
    for (const text of [
      reportText(report, 'vi'),
      reportText(report, 'en'),
      reportHtml(report, 'vi'),
      JSON.stringify(reportParameters(report)),
    ])
      assert.ok(text.length > 50);
  }
});
