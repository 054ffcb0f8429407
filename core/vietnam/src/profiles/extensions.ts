import {
  ACCESS_CATEGORY,
  DEPARTMENT,
  FACILITY,
  INJURY_CAUSE,
  PROVINCE,
  COMMUNE,
} from '../identifier-systems.ts';
import { type Definition, extensionOf, rule, valueSetUrl } from './definition.ts';

const required = (name: string) => ({ binding: { strength: 'required', valueSet: valueSetUrl(name) } });

/** A Coding whose system, when it has one, is the one named. */
const ofSystem = (system: string, digits: string) => ({
  constraint: [
    rule('vn-ext-1', `The code is of ${system}.`, `system = '${system}'`),
    rule('vn-ext-2', 'The code has the digits of its list.', `code.matches('^${digits}$')`, 'warning'),
  ],
});

/** The extensions that Vietnamese records carry. */
export const extensions: readonly Definition[] = [
  extensionOf('ethnic-group', ['Patient'], 'Coding', 'Dân tộc', required('ethnic-group')),
  extensionOf('nationality', ['Patient'], 'Coding', 'Quốc tịch'),
  extensionOf('occupation', ['Patient'], 'Coding', 'Nghề nghiệp'),
  extensionOf('province', ['Address'], 'Coding', 'Mã tỉnh, thành phố', ofSystem(PROVINCE, '[0-9]{2,3}')),
  extensionOf('commune', ['Address'], 'Coding', 'Mã xã, phường, đặc khu', ofSystem(COMMUNE, '[0-9]{5}')),
  extensionOf('access-category', ['Encounter'], 'Coding', 'Đối tượng khám chữa bệnh', {
    patternCoding: { system: ACCESS_CATEGORY },
  }),
  extensionOf('injury-cause', ['Encounter'], 'Coding', 'Mã tai nạn', {
    patternCoding: { system: INJURY_CAUSE },
  }),
  extensionOf(
    'department',
    ['Encounter'],
    'Coding',
    'Khoa điều trị khác',
    { patternCoding: { system: DEPARTMENT } },
    '*',
  ),
  extensionOf('registered-facility', ['Coverage'], 'Identifier', 'Nơi đăng ký khám chữa bệnh ban đầu', {
    patternIdentifier: { system: FACILITY },
  }),
  ...['mobilised', 'tele-read', 'transferred'].map((why) =>
    extensionOf(`practitioner-${why}`, ['Reference'], 'string', 'Cơ sở khác mà người hành nghề thuộc về'),
  ),
  extensionOf('practitioner-trainee', ['Reference'], 'string', 'Người thực hành dưới chứng chỉ này'),
  extensionOf('anaesthesia', ['Procedure'], 'string', 'Phương pháp vô cảm'),
  extensionOf('product-model', ['SupplyDelivery'], 'string', 'Mã hiệu sản phẩm'),
  extensionOf('reused-supply', ['SupplyDelivery'], 'boolean', 'Vật tư tái sử dụng'),
  extensionOf('encounter', ['SupplyDelivery'], 'Reference', 'Lượt khám mà vật tư được cấp', {
    type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Encounter'] }],
  }),
];
