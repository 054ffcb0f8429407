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

const HL7 = Buffer.from(
  [
    'MSH|^~\\&|LIS|27001|YBA|EDGE|20261120093000||ORU^R01^ORU_R01|MSG-2|P|2.5.1||||||UNICODE UTF-8',
    'PID|1||BN001^^^27001^MR~GD4797912345678^^^BHXH^HC||Trịnh^Liên^Thị Kim||19630902|F',
    'OBR|1|ORD-1|LAB-1|23.0083.1523^HbA1c^L|||20261120082000|||||||||||||||20261120092000||LAB|F',
    'OBX|1|NM|HBA1C^HbA1c^L||7.2|%^^UCUM|4.0-6.0|H|||F',
    'OBX|2|ED|PDF^Phiếu^L||^AP^PDF^Base64^JVBERi0=||||||F',
  ].join('\r'),
);
const SIGNED = Buffer.from(
  example('dossier.xml')
    .toString()
    .replace(
      /<CHUKYDONVI\s*\/>|<CHUKYDONVI><\/CHUKYDONVI>/,
      '<CHUKYDONVI><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><Reference URI=""><DigestValue>AAAA</DigestValue></Reference></SignedInfo><SignatureValue>AAAA</SignatureValue><KeyInfo><X509Data><X509Certificate>AAAA</X509Certificate></X509Data></KeyInfo></Signature></CHUKYDONVI>',
    ),
);

test('answers for whatever a file holds: pieces missing, doubled, of another type', async () => {
  const random = generator(7);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const json = example('visit.json').toString();
  const values = [...json.matchAll(/: ("[^"]*"|\{|\[|[\d.]+)/g)];
  for (let round = 0; round < 250; round++) {
    const whole = pick([example('visit.json'), example('dossier.xml'), HL7, SIGNED]);
    const at = Math.floor(random() * whole.length);
    const cut = Buffer.concat([whole.subarray(0, at), whole.subarray(at + Math.floor(random() * 40))]);
    const bytes = Buffer.from(cut);
    if (random() < 0.1) bytes.set(Buffer.from([0xff, 0xfe]), 0);
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
