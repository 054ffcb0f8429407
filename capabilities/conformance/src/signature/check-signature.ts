import { X509Certificate } from 'node:crypto';
import { DOMParser } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';
import type { Findings } from '../finding.ts';
import type { Words } from '../rules/rule.ts';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
/** Files larger than this are not read into a tree, in characters; the report says that their signature was not looked at. */
const LARGEST = 24 * 1024 * 1024;
const PATH = 'GIAMDINHHS.CHUKYDONVI';
const SHORTEST_RSA_BITS = 2048;

/**
 * Verifies each XML signature of an envelope on the text as it came: digests, value, what is covered, algorithms, and the days of
 * the certificate. Whether a licensed authority issued the certificate is not known here. Never throws.
 * Source: https://www.w3.org/TR/xmldsig-core1/
 */
export function checkSignatures(text: string, findings: Findings): void {
  if (!text.includes(DSIG)) {
    const content =
      /<(?:[\w.-]+:)?CHUKYDONVI\s*>([\s\S]*?)<\/(?:[\w.-]+:)?CHUKYDONVI\s*>/.exec(text)?.[1] ?? '';
    if (content.trim() !== '')
      add(
        findings,
        'xml-signature-form',
        { vi: 'CHUKYDONVI không chứa chữ ký XML.', en: 'CHUKYDONVI holds no XML signature.' },
        {
          vi: 'Đặt phần tử Signature của XML-DSig (http://www.w3.org/2000/09/xmldsig#) vào CHUKYDONVI, hoặc để trống.',
          en: 'Put a Signature element of XML-DSig (http://www.w3.org/2000/09/xmldsig#) into CHUKYDONVI, or leave it empty.',
        },
      );
    return;
  }
  if (text.length > LARGEST) return findings.leaveUnchecked('signature-of-large-file');
  findings.leaveUnchecked('certificate-authority');
  const signatures = signatureTexts(text);
  if (!signatures) return; // told by the reader: it is not XML
  for (const one of signatures) checkOne(text, one, findings);
}

function signatureTexts(text: string): Node[] | undefined {
  let broken = false;
  const stop = () => void (broken = true);
  try {
    const document = new DOMParser({
      errorHandler: { warning: () => {}, error: stop, fatalError: stop },
    }).parseFromString(text, 'text/xml');
    return broken ? undefined : Array.from(document.getElementsByTagNameNS(DSIG, 'Signature') as never);
  } catch {
    return undefined;
  }
}

function checkOne(text: string, node: Node, findings: Findings): void {
  const element = node as unknown as Element;
  const first = (name: string) => element.getElementsByTagNameNS(DSIG, name)[0];
  const certificate = certificateOf(first('X509Certificate')?.textContent ?? undefined);
  if (!certificate)
    return add(
      findings,
      'xml-signature-certificate',
      {
        vi: 'Chữ ký không kèm chứng thư đọc được (KeyInfo/X509Data/X509Certificate).',
        en: 'The signature carries no certificate that can be read (KeyInfo/X509Data/X509Certificate).',
      },
      {
        vi: 'Ký lại và đưa chứng thư số của đơn vị vào KeyInfo.',
        en: 'Sign again with the certificate of the facility in KeyInfo.',
      },
    );
  const signed = verified(text, node, certificate);
  if (typeof signed === 'string') return broken(signed, findings);
  checkCover(signed, text, findings);
  checkStrength(element, certificate, findings);
  checkDays(text, certificate, findings);
  add(
    findings,
    'xml-signature',
    {
      vi: `Chữ ký đúng; chứng thư của ${nameOf(certificate.subject)}, do ${nameOf(certificate.issuer)} cấp.`,
      en: `The signature holds; the certificate is of ${nameOf(certificate.subject)}, issued by ${nameOf(certificate.issuer)}.`,
    },
    {
      vi: 'Đối chiếu nơi cấp với danh sách tổ chức chứng thực được cấp phép.',
      en: 'Compare the issuer with the list of licensed authorities.',
    },
  );
}

function certificateOf(base64: string | undefined): X509Certificate | undefined {
  if (!base64) return undefined;
  try {
    return new X509Certificate(Buffer.from(base64.replace(/\s+/g, ''), 'base64'));
  } catch {
    return undefined;
  }
}

/** The canonical texts that were signed, or what did not hold. */
function verified(
  text: string,
  node: Node,
  certificate: X509Certificate,
): string[] | 'digest' | 'value' | 'form' {
  if (leadsNowhere(node as unknown as Element, text)) return 'form';
  try {
    const signature = new SignedXml({
      publicCert: certificate.publicKey.export({ type: 'spki', format: 'pem' }),
    });
    signature.loadSignature(node);
    if (signature.checkSignature(text)) return signature.getSignedReferences();
    return 'digest';
  } catch (error) {
    const { message } = error as Error;
    if (/signature value|invalid signature: the signature/i.test(message)) return 'value';
    return /digest|validate all references/i.test(message) ? 'digest' : 'form';
  }
}

/** Whether a reference names an Id that no element has: its digest could not but differ. */
const leadsNowhere = (signature: Element, text: string) =>
  Array.from(signature.getElementsByTagNameNS(DSIG, 'Reference') as never, (one: Element) =>
    one.getAttribute('URI'),
  ).some(
    (uri) =>
      uri?.startsWith('#') && !new RegExp(`\\s(Id|ID|id)=["']${RegExp.escape(uri.slice(1))}["']`).test(text),
  );

function broken(what: 'digest' | 'value' | 'form', findings: Findings): void {
  if (what === 'digest')
    return add(
      findings,
      'xml-signature-digest',
      {
        vi: 'Nội dung đã đổi sau khi ký: giá trị băm không khớp.',
        en: 'The content was changed after it was signed: the digest does not match.',
      },
      {
        vi: 'Ký ở bước cuối cùng và gửi đúng các byte đã ký; không xếp lại dòng, không đổi bảng mã sau khi ký.',
        en: 'Sign as the last step and send the very bytes that were signed: no new line breaks, no other encoding afterwards.',
      },
    );
  if (what === 'value')
    return add(
      findings,
      'xml-signature-value',
      {
        vi: 'Chữ ký không do khóa của chứng thư kèm theo tạo ra.',
        en: 'The signature was not made with the key of the certificate it carries.',
      },
      {
        vi: 'Kiểm khóa và chứng thư cùng một cặp; SignedInfo không được sửa sau khi ký.',
        en: 'See that key and certificate are one pair; SignedInfo must not change after signing.',
      },
    );
  return add(
    findings,
    'xml-signature-form',
    {
      vi: 'Chữ ký dùng thuật toán hay phép biến đổi lạ, hoặc tham chiếu không tìm thấy.',
      en: 'The signature has an algorithm or transform that is not known, or a reference that leads nowhere.',
    },
    {
      vi: 'Dùng enveloped-signature, C14N 20010315, SHA-256, rsa-sha256; Reference URI="" hoặc "#Id" có thật.',
      en: 'Use enveloped-signature, C14N 20010315, SHA-256, rsa-sha256; Reference URI="" or an "#Id" that is there.',
    },
  );
}

/** The dossiers must be within what is signed: a signature over something else proves nothing of them. */
function checkCover(signed: readonly string[], text: string, findings: Findings): void {
  const count = (of: string) => of.match(/<(?:[\w.-]+:)?FILEHOSO[\s>/]/g)?.length ?? 0;
  if (Math.max(0, ...signed.map(count)) >= count(text)) return;
  add(
    findings,
    'xml-signature-cover',
    {
      vi: 'Chữ ký không bao trùm hồ sơ: phần được ký không chứa mọi FILEHOSO.',
      en: 'The signature does not cover the dossiers: not every FILEHOSO is in what is signed.',
    },
    {
      vi: 'Ký cả tài liệu (Reference URI="") hoặc phần tử THONGTINHOSO theo Id.',
      en: 'Sign the whole document (Reference URI="") or the element THONGTINHOSO by its Id.',
    },
  );
}

function checkStrength(element: Element, { publicKey }: X509Certificate, findings: Findings): void {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  const algorithms = ['SignatureMethod', 'DigestMethod'].flatMap((name) =>
    Array.from(
      element.getElementsByTagNameNS(DSIG, name) as never,
      (one: Element) => one.getAttribute('Algorithm') ?? '',
    ),
  );
  const weak = algorithms.find((one) => one.endsWith('sha1'));
  if (!weak && (bits === undefined || bits >= SHORTEST_RSA_BITS)) return;
  const what = weak ? 'SHA-1' : `RSA ${bits} bit`;
  add(
    findings,
    'xml-signature-strength',
    {
      vi: `Chữ ký dùng ${what}, không còn an toàn.`,
      en: `The signature uses ${what}, which is no longer safe.`,
    },
    {
      vi: 'Ký bằng rsa-sha256 với khóa từ 2048 bit.',
      en: 'Sign with rsa-sha256 and a key of 2048 bits or more.',
    },
  );
}

/** The certificate must hold on the day the file says it was made. */
function checkDays(
  text: string,
  { validFromDate: from, validToDate: to }: X509Certificate,
  findings: Findings,
): void {
  const made = /<(?:[\w.-]+:)?NGAYLAP>\s*(\d{4})(\d{2})(\d{2})/.exec(text);
  const at = made ? Date.parse(`${made[1]}-${made[2]}-${made[3]}T12:00:00+07:00`) : Date.now();
  if (at >= from.getTime() - 86_400_000 && at <= to.getTime() + 86_400_000) return;
  const day = (date: Date) => date.toISOString().slice(0, 10);
  add(
    findings,
    'xml-signature-certificate',
    {
      vi: `Chứng thư chỉ có hiệu lực từ ${day(from)} đến ${day(to)}.`,
      en: `The certificate holds from ${day(from)} to ${day(to)} alone.`,
    },
    { vi: 'Gia hạn chứng thư số rồi ký lại.', en: 'Renew the certificate, and sign again.' },
  );
}

/** The common name of a distinguished name, else its first line. */
const nameOf = (name: string) =>
  `“${(/^CN=(.+)$/m.exec(name)?.[1] ?? name.split('\n')[0] ?? '').slice(0, 80)}”`;

const add = (findings: Findings, rule: string, found: Words, fix: Words) =>
  findings.add({ rule, path: PATH, found, fix });
