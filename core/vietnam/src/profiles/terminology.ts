import { accessCategories, departments, ethnicGroups, visitTypes } from '../data.ts';
import {
  ACCESS_CATEGORY,
  DEPARTMENT,
  ETHNIC_GROUP,
  ICD10_VN,
  TRADITIONAL_DISEASE,
  VISIT_TYPE,
} from '../identifier-systems.ts';
import { codes, type Definition, valueSet } from './definition.ts';

/** The code systems and value sets that the profiles of Viet Nam bind to. */
export const terminology = (): Definition[] => [
  ...codes(ETHNIC_GROUP, '54 dân tộc', ethnicGroups()),
  ...codes(DEPARTMENT, 'Khoa K01 đến K47', departments()),
  ...codes(VISIT_TYPE, 'Loại khám chữa bệnh', visitTypes()),
  ...codes(
    ACCESS_CATEGORY,
    'Đối tượng khám chữa bệnh',
    accessCategories().map(({ code, meaning }) => ({ code, name: meaning })),
  ),
  valueSet('icd-10-vn', 'ICD-10 Việt Nam', [{ system: ICD10_VN }]),
  valueSet('diagnosis', 'Chẩn đoán: ICD-10 Việt Nam hoặc bệnh y học cổ truyền', [
    { system: ICD10_VN },
    { system: TRADITIONAL_DISEASE },
  ]),
];
