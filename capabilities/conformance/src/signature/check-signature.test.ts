import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { aDossier, anEnvelope } from '@yba/vietnam/testing';
import { SignedXml } from 'xml-crypto';
import { checkFile } from '../check.ts';
import { reportText } from '../report/text.ts';
import { reportOn } from '../report/report.ts';

const pem = (name: string) => readFileSync(new URL(`testing/${name}`, import.meta.url), 'utf8');
const [key, ownCertificate, expired, otherKey] = ['signer.key', 'signer.pem', 'expired.pem', 'other.key'].map(
  pem,
) as [string, string, string, string];

type Signing = {
  key?: string;
  uri?: string;
  method?: string;
  digest?: string;
  certificate?: string | undefined;
};

/** A dossier signed as hospitals sign: enveloped in CHUKYDONVI. Source: QĐ 4750 CHUKYDONVI as vendors implement it */
function signed({
  key: own = key,
  uri = '',
  method = 'rsa-sha256',
  digest = 'sha256',
  certificate = ownCertificate,
}: Signing = {}): string {
  const xml = anEnvelope([aDossier({ seed: 3 })]).replace(/<CHUKYDONVI\s*\/>/, '<CHUKYDONVI></CHUKYDONVI>');
  const ready = uri === '' ? xml : xml.replace('<THONGTINDONVI>', '<THONGTINDONVI Id="don-vi">');
  const signature = new SignedXml({
    privateKey: own,
    ...(certificate ? { publicCert: certificate } : {}),
    signatureAlgorithm: (method === 'rsa-sha1'
      ? 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
      : 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256') as never,
    canonicalizationAlgorithm: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  });
  signature.addReference({
    xpath: uri === '' ? '/*' : "//*[local-name(.)='THONGTINDONVI']",
    isEmptyUri: uri === '',
    digestAlgorithm:
      digest === 'sha1'
        ? 'http://www.w3.org/2000/09/xmldsig#sha1'
        : 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
    ],
  });
  signature.computeSignature(ready, {
    location: { reference: "//*[local-name(.)='CHUKYDONVI']", action: 'append' },
  });
  return signature.getSignedXml();
}

const told = async (xml: string) => {
  const report = await checkFile({ name: 'x', bytes: Buffer.from(xml) });
  return { report, grave: report.findings.filter(({ severity }) => severity !== 'information') };
};

test('a signature that holds is said to hold, with whose it is, and what is not known of it', async () => {
  const { report, grave } = await told(signed());
  assert.deepEqual(grave, []);
  const note = report.findings.find(({ rule }) => rule === 'xml-signature')!;
  assert.match(note.found.vi, /Chữ ký đúng; chứng thư của “Bệnh viện Thử nghiệm”/);
  assert.match(note.found.en, /The signature holds/);
  assert.ok(report.unchecked.some(({ id }) => id === 'certificate-authority'));
  assert.match(
    reportText(reportOn([report]), 'vi'),
    /Chưa kiểm[\s\S]*certificate-authority {2}Nơi cấp chứng thư/,
  );
});

test('what is wrong with a signature is told by its rule, in both languages', async () => {
  const good = signed();
  const cases: [string, string, string][] = [
    ['a changed dossier', good.replace(/(<NGAYLAP>\d{7})\d/, '$19'), 'xml-signature-digest'],
    [
      'a line break put in after signing',
      good.replace('<THONGTINHOSO>', '\n<THONGTINHOSO>'),
      'xml-signature-digest',
    ],
    ['another key than that of the certificate', signed({ key: otherKey }), 'xml-signature-value'],
    ['a value cut off', good.replace(/(<SignatureValue>[^<]{8})[^<]*/, '$1'), 'xml-signature-value'],
    ['no certificate', signed({ certificate: '' }), 'xml-signature-certificate'],
    ['a certificate that had ended', signed({ certificate: expired }), 'xml-signature-certificate'],
    [
      'a certificate of noise',
      good.replace(/(<X509Certificate>)[^<]*/, '$1AAAA'),
      'xml-signature-certificate',
    ],
    ['a signature over the sender alone', signed({ uri: '#don-vi' }), 'xml-signature-cover'],
    ['SHA-1', signed({ method: 'rsa-sha1', digest: 'sha1' }), 'xml-signature-strength'],
    [
      'an algorithm of nobody',
      good.replace('xmldsig-more#rsa-sha256', 'xmldsig-more#rsa-md5'),
      'xml-signature-form',
    ],
    [
      'a reference that leads nowhere',
      good.replace('<Reference URI=""', '<Reference URI="#khong-co"'),
      'xml-signature-form',
    ],
    [
      'words in place of a signature',
      anEnvelope([aDossier({ seed: 3 })]).replace(
        /<CHUKYDONVI\s*\/>|<CHUKYDONVI><\/CHUKYDONVI>/,
        '<CHUKYDONVI>da ky</CHUKYDONVI>',
      ),
      'xml-signature-form',
    ],
  ];
  for (const [name, xml, rule] of cases) {
    const { grave } = await told(xml);
    const found = grave.filter((one) => one.rule.startsWith('xml-signature'));
    assert.deepEqual(
      found.map((one) => one.rule),
      [rule],
      `${name}: ${JSON.stringify(grave)}`,
    );
    assert.equal(found[0]!.path, 'GIAMDINHHS.CHUKYDONVI');
    for (const words of [found[0]!.found, found[0]!.fix])
      assert.ok(words.vi && words.en && words.vi !== words.en, name);
  }
});
