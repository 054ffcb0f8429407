import { rule } from './rule.ts';

/** What codes of the national lists are held to, in XML and FHIR. */
export const listRules = {
  'code-list': rule(
    'error',
    'Mã có trong danh mục, còn hiệu lực ngày đó',
    'Codes are in their list, and in force on the day',
    'QĐ 4750/QĐ-BYT; danh mục dùng chung QĐ 7603/QĐ-BYT và các quyết định sửa đổi',
  ),
  'code-form': rule(
    'error',
    'Mã có dạng của danh mục',
    'Codes have the form of their list',
    'QĐ 4750/QĐ-BYT; QĐ 7603/QĐ-BYT',
  ),
};
