import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertFault, type PlantedFault } from './testing/planted-faults.ts';

const EXAMPLE = readFileSync(new URL('../../../docs/examples/visit.json', import.meta.url), 'utf8');

/** The example visit with one text in it replaced. */
const with_ = (from: string | RegExp, to: string) => {
  const text = EXAMPLE.replace(from, to);
  assert.notEqual(text, EXAMPLE, String(from));
  return text;
};

type Entry = { fullUrl: string; resource: Record<string, unknown>; request: Record<string, unknown> };
type Visit = { [name: string]: unknown; entry: [Entry, Entry, Entry, ...Entry[]] };

/** The example visit, changed as an object. */
const changed = (change: (visit: Visit) => void) => {
  const visit = JSON.parse(EXAMPLE) as Visit;
  change(visit);
  return JSON.stringify(visit, null, 2);
};

const PATIENT = 'Bundle.entry[0].resource';
const ENCOUNTER = 'Bundle.entry[1].resource';
const RESULT = 'Bundle.entry[2].resource';

/** What vendors send: the fault, the file, the place and rule told, what the fix must say in both languages. */
const FAULTS: readonly PlantedFault[] = [
  [
    'a comma too many',
    with_('"type": "transaction",', '"type": "transaction",,'),
    '',
    'fhir-json',
    /nháy kép/,
    /double quotes/,
  ],
  ['a file cut off', EXAMPLE.slice(0, 1200), '', 'fhir-json', /cho đủ/, /whole/],
  [
    'a property twice',
    with_('"gender": "female",', '"gender": "female", "gender": "female",'),
    'gender',
    'fhir-json',
    /một lần/,
    /once/,
  ],
  ['an array of resources', `[${EXAMPLE}]`, '', 'fhir-json', /không phải mảng/, /not an array/],
  [
    'a file in UTF-16',
    Buffer.from(`\ufeff${EXAMPLE}`, 'utf16le'),
    '',
    'text-utf8',
    /UTF8Encoding/,
    /UTF-8 without BOM/,
  ],
  ['a file in Windows-1258', cp1258(EXAMPLE), '', 'text-utf8', /Windows-1258/, /Windows-1258/],
  ['a byte order mark', `\ufeff${EXAMPLE}`, '', 'text-bom', /không BOM/, /without BOM/],
  [
    'a name in TCVN3',
    with_('Trịnh Thị Kim Liên', 'TrÞnh ThÞ Kim Liªn'),
    `${PATIENT}.name[0].text`,
    'text-legacy-font',
    /TCVN3/,
    /TCVN3/,
  ],
  [
    'a name in VNI',
    with_('Trịnh Thị Kim Liên', 'Trònh Thò Kim Lieân'),
    `${PATIENT}.name[0].text`,
    'text-legacy-font',
    /VNI/,
    /VNI/,
  ],
  [
    'a name encoded twice',
    with_('Trịnh Thị Kim Liên', 'Trá»‹nh Thá»‹ Kim LiÃªn'),
    `${PATIENT}.name[0].text`,
    'text-encoded-twice',
    /một lần/,
    /once/,
  ],
  [
    'a name decomposed',
    with_('Trịnh Thị Kim Liên', 'Trịnh Thị Kim Liên'.normalize('NFD')),
    `${PATIENT}.name[0].text`,
    'text-composed',
    /NFC/,
    /NFC/,
  ],
  [
    'letters lost',
    with_('Trịnh Thị Kim Liên', 'Tr�nh Th� Kim Li�n'),
    `${PATIENT}.name[0].text`,
    'text-lost',
    /xuất lại từ nguồn/,
    /from the source/,
  ],
  [
    'the Icelandic letter',
    with_('Trịnh Thị Kim Liên', 'Ðinh Thị Kim Liên'),
    `${PATIENT}.name[0].text`,
    'text-eth',
    /U\+0110/,
    /U\+0110/,
  ],
  [
    'a type that is none',
    with_('"resourceType": "Observation"', '"resourceType": "LabResult"'),
    RESULT,
    'fhir-type',
    /FHIR R4/,
    /FHIR R4/,
    ['fhir-type'],
  ],
  [
    'a misspelt element',
    with_('"birthDate"', '"birthdate"'),
    `${PATIENT}.birthdate`,
    'fhir-element',
    /birthDate/,
    /birthDate/,
  ],
  [
    'an element of R5',
    changed(({ entry }) => (entry[1].resource['actualPeriod'] = {})),
    `${ENCOUNTER}.actualPeriod`,
    'fhir-element',
    /bỏ phần tử này|Bỏ phần tử này/,
    /[Rr]emove it/,
  ],
  [
    'sex in Vietnamese',
    with_('"gender": "female"', '"gender": "Nữ"'),
    `${PATIENT}.gender`,
    'fhir-code',
    /male, female, other, unknown/,
    /male, female, other, unknown/,
  ],
  [
    'a birth date the Vietnamese way',
    with_('"1963-09-02"', '"02/09/1963"'),
    `${PATIENT}.birthDate`,
    'fhir-value',
    /2024-03-31/,
    /2024-03-31/,
  ],
  [
    'a day that does not exist',
    with_('"1963-09-02"', '"1963-02-30"'),
    `${PATIENT}.birthDate`,
    'fhir-value',
    /không có thật/,
    /does not exist/,
  ],
  [
    'a time without a zone',
    with_('T08:20:00+07:00', 'T08:20:00'),
    `${RESULT}.effective.ofType(dateTime)`,
    'fhir-value',
    /múi giờ/,
    /time zone/,
  ],
  [
    'a number in quotes',
    with_('"value": 7.20', '"value": "7,20"'),
    `${RESULT}.value.ofType(Quantity).value`,
    'fhir-value',
    /không có dấu nháy/,
    /without quotes/,
  ],
  [
    'an empty text',
    with_('"unit": "%"', '"unit": ""'),
    `${RESULT}.value.ofType(Quantity).unit`,
    'fhir-value',
    /chuỗi rỗng/,
    /empty string/,
  ],
  [
    'a null',
    with_('"unit": "%"', '"unit": null'),
    `${RESULT}.value.ofType(Quantity).unit`,
    'fhir-structure',
    /không dùng null/,
    /no null/,
  ],
  [
    'one name, no array',
    changed(({ entry }) => (entry[0].resource['name'] = { text: 'An' })),
    `${PATIENT}.name`,
    'fhir-structure',
    /ngoặc vuông/,
    /square brackets/,
  ],
  [
    'a required element missing',
    changed(({ entry }) => delete entry[2].resource['status']),
    `${RESULT}.status`,
    'fhir-required',
    /Thêm “status”/,
    /Add “status”/,
  ],
  [
    'two values at once',
    changed(({ entry }) => (entry[2].resource['valueString'] = '7,2')),
    `${RESULT}.value`,
    'fhir-structure',
    /một trong số đó/,
    /one of them/,
  ],
  [
    'a visit that ends before it begins',
    with_('T09:30:00', 'T07:30:00'),
    `${ENCOUNTER}.period`,
    'fhir-invariant',
    /start không sau end/,
    /not after end/,
  ],
  [
    'a profile of nobody',
    changed(({ entry }) => (entry[0].resource['meta'] = { profile: ['https://his.example/Patient'] })),
    `${PATIENT}.meta.profile[0]`,
    'fhir-profile-known',
    /StructureDefinition/,
    /StructureDefinition/,
  ],
  [
    'a claimed profile not met',
    changed(
      ({ entry }) => (
        (entry[0].resource['meta'] = { profile: ['https://yba.vn/fhir/StructureDefinition/vn-patient'] }),
        delete entry[0].resource['gender']
      ),
    ),
    `${PATIENT}.gender`,
    'fhir-required',
    /gender/,
    /gender/,
  ],
  [
    'a visit without its kind',
    changed(({ entry }) => delete entry[1].resource['type']),
    `${ENCOUNTER}.type`,
    'fhir-vietnam-profile',
    /Thêm/,
    /Add/,
  ],
  [
    'an entry without request',
    changed(({ entry }) => delete (entry[2] as Partial<Entry>).request),
    'Bundle',
    'fhir-invariant',
    /request với method và url/,
    /request with method and url/,
  ],
  [
    'a request to another type',
    with_('"method": "POST", "url": "Observation"', '"method": "POST", "url": "DiagnosticReport"'),
    'Bundle.entry[2].request.url',
    'fhir-bundle-request',
    /Observation/,
    /Observation/,
  ],
  [
    'a POST to an id',
    with_('"method": "POST", "url": "Observation"', '"method": "POST", "url": "Observation/1"'),
    'Bundle.entry[2].request.url',
    'fhir-bundle-request',
    /PUT/,
    /PUT/,
  ],
  [
    'a PUT of nothing in particular',
    with_('"method": "POST", "url": "Observation"', '"method": "PUT", "url": "Observation"'),
    'Bundle.entry[2].request.url',
    'fhir-bundle-request',
    /identifier=/,
    /identifier=/,
  ],
  [
    'a urn:uuid that leads nowhere',
    with_(
      '"subject": { "reference": "urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0001"',
      '"subject": { "reference": "urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0009"',
    ),
    `${ENCOUNTER}.subject.reference`,
    'fhir-bundle-reference',
    /Patient\?identifier/,
    /Patient\?identifier/,
  ],
  [
    'a fullUrl twice',
    with_(
      '"fullUrl": "urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0003"',
      '"fullUrl": "urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0002"',
    ),
    'Bundle',
    'fhir-invariant',
    /fullUrl riêng/,
    /of its own/,
  ],
  [
    'a relative fullUrl',
    with_('"fullUrl": "urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0003"', '"fullUrl": "Observation/3"'),
    'Bundle.entry[2].fullUrl',
    'fhir-full-url',
    /urn:uuid/,
    /urn:uuid/,
  ],
  [
    'one patient twice',
    changed(({ entry }) =>
      entry.push({ ...structuredClone(entry[0]), fullUrl: 'urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0007' }),
    ),
    'Bundle.entry[3].resource.identifier[0].value',
    'fhir-same-identifier',
    /Gộp/,
    /one entry/,
  ],
  [
    'a reference to the wrong type',
    with_(
      '"serviceProvider": { "reference": "Organization?identifier=https://yba.vn/fhir/sid/facility|27001"',
      '"serviceProvider": { "reference": "Practitioner/1"',
    ),
    `${ENCOUNTER}.serviceProvider.reference`,
    'fhir-reference-type',
    /Organization/,
    /Organization/,
  ],
  [
    'a person number of eleven digits',
    with_('027163999001', '27163999001'),
    `${PATIENT}.identifier[0].value`,
    'fhir-person-number',
    /số 0 ở đầu/,
    /leading zero/,
    ['fhir-person-number'],
  ],
  [
    'an old card as person number',
    with_('027163999001', '271639990'),
    `${PATIENT}.identifier[0].value`,
    'fhir-person-number',
    /sid\/cmnd/,
    /sid\/cmnd/,
    ['fhir-person-number'],
  ],
  [
    'a sex that the number contradicts',
    with_('"gender": "female"', '"gender": "male"'),
    `${PATIENT}.identifier[0].value`,
    'fhir-person-facts',
    /chữ số thứ 4/,
    /fourth digit/,
  ],
  [
    'a card in place of its number',
    with_('sid/cccd", "value": "027163999001"', 'sid/bhyt", "value": "GD4270163999001"'),
    `${PATIENT}.identifier[0].value`,
    'fhir-insurance-number',
    /bhyt-card/,
    /bhyt-card/,
    ['fhir-insurance-number'],
  ],
  [
    'a system with http',
    with_('https://yba.vn/fhir/sid/cccd', 'http://yba.vn/fhir/sid/cccd'),
    `${PATIENT}.identifier[0].system`,
    'fhir-identifier-system',
    /https:\/\/yba\.vn\/fhir\/sid\/cccd/,
    /https:\/\/yba\.vn\/fhir\/sid\/cccd/,
  ],
  [
    'a system made up',
    with_('https://yba.vn/fhir/sid/cccd', 'https://yba.vn/fhir/sid/ma-benh-nhan'),
    `${PATIENT}.identifier[0].system`,
    'fhir-identifier-system',
    /sid\/cccd/,
    /sid\/mrn/,
  ],
  [
    'a word for a system',
    with_('https://yba.vn/fhir/sid/cccd', 'CCCD'),
    `${PATIENT}.identifier[0].system`,
    'fhir-identifier-system',
    /sid\/cccd/,
    /sid\/cccd/,
  ],
  [
    'a GLN for a facility',
    with_('sid/ma-lk/27001', 'sid/ma-lk/8934567890123'),
    `${ENCOUNTER}.identifier[0].system`,
    'fhir-facility',
    /GLN/,
    /GLN/,
  ],
  [
    'a unit that is not UCUM',
    with_(
      '"system": "http://unitsofmeasure.org", "code": "%"',
      '"system": "http://unitsofmeasure.org", "code": "phần trăm"',
    ),
    `${RESULT}.value.ofType(Quantity).code`,
    'fhir-unit',
    /mg\/dL/,
    /mg\/dL/,
  ],
  [
    'a unit without its system',
    with_('"system": "http://unitsofmeasure.org", "code": "%"', '"code": "%"'),
    `${RESULT}.value.ofType(Quantity)`,
    'fhir-invariant',
    /unitsofmeasure/,
    /unitsofmeasure/,
    ['fhir-invariant'],
  ],
  [
    'FHIR as XML',
    '<Patient xmlns="http://hl7.org/fhir"><gender value="male"/></Patient>',
    'Patient',
    'fhir-format',
    /JSON/,
    /JSON/,
  ],
  [
    'a message of an unknown event',
    message({ code: 'visit-closed' }),
    'Bundle.entry[0].resource.eventCoding.code',
    'fhir-message',
    /dossier-xml/,
    /dossier-xml/,
  ],
];

function message({ code }: { code: string }): string {
  return JSON.stringify({
    resourceType: 'Bundle',
    type: 'message',
    identifier: { system: 'https://his.example/messages', value: '1' },
    entry: [
      {
        fullUrl: 'urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0001',
        resource: {
          resourceType: 'MessageHeader',
          eventCoding: { system: 'https://yba.vn/fhir/CodeSystem/message-event', code },
          source: { endpoint: 'https://his.example/fhir' },
        },
      },
    ],
  });
}

/** Text in the code page that old Windows programs of Viet Nam write: marks follow their letters. */
function cp1258(text: string): Buffer {
  const decoder = new TextDecoder('windows-1258');
  const codes = new Map(
    Array.from({ length: 256 }, (_, code) => [decoder.decode(Uint8Array.of(code)), code]),
  );
  const apart = text.normalize('NFC').replace(/\P{ASCII}/gu, (letter) => {
    if (codes.has(letter)) return letter;
    const parts = letter.normalize('NFD');
    const tone = /[\u0300\u0301\u0303\u0309\u0323]/.exec(parts)?.[0] ?? '';
    return parts.replace(tone, '').normalize('NFC') + tone;
  });
  return Buffer.from([...apart].map((letter) => codes.get(letter) ?? 63));
}

test(`tells each of ${FAULTS.length} faults that vendors make in FHIR, at its place, with its rule and a fix in both languages`, async () => {
  for (const fault of FAULTS) await assertFault(fault);
});
