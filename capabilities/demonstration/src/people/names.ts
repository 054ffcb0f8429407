import type { Random } from '../random.ts';

export type Sex = 'male' | 'female';
export type Name = { family: string; middle: string[]; given: string };

/**
 * Shares of family names in percent of the Kinh. North and south write two of them differently: Hoàng and
 * Huỳnh, Vũ and Võ. Shape after the counts reported for the country as a whole.
 */
const families: readonly (readonly [string, number])[] = [
  ['Nguyễn', 34],
  ['Trần', 11],
  ['Lê', 9.5],
  ['Phạm', 7],
  ['Hoàng', 5.1],
  ['Phan', 4.5],
  ['Vũ', 3.9],
  ['Đặng', 2.1],
  ['Bùi', 2],
  ['Đỗ', 1.6],
  ['Hồ', 1.3],
  ['Ngô', 1.3],
  ['Dương', 1],
  ['Lý', 0.6],
  ['Đinh', 1],
  ['Trịnh', 0.9],
  ['Đào', 0.9],
  ['Đoàn', 0.8],
  ['Lương', 0.8],
  ['Trương', 1.2],
  ['Mai', 0.8],
  ['Lâm', 0.7],
  ['Cao', 0.7],
  ['Hà', 0.7],
  ['Tạ', 0.5],
  ['Chu', 0.4],
  ['Tô', 0.5],
  ['Thái', 0.5],
  ['Châu', 0.4],
  ['Lưu', 0.5],
  ['Quách', 0.3],
  ['Vương', 0.4],
  ['Kiều', 0.2],
  ['Tống', 0.3],
  ['La', 0.2],
];
const southern: Record<string, string> = { Hoàng: 'Huỳnh', Vũ: 'Võ' };

/** Family names of other peoples, by code of the national list of ethnic groups. */
const others: Record<string, readonly string[]> = {
  '02': ['Nông', 'Hoàng', 'Hà', 'Ma', 'Lương', 'Triệu', 'Lường', 'Bế'],
  '04': ['Trần', 'Lâm', 'Quách', 'Vương', 'Châu', 'Lý', 'Huỳnh', 'Tăng'],
  '05': ['Chau', 'Thạch', 'Danh', 'Kim', 'Sơn', 'Lâm'],
  '07': ['Nông', 'Hoàng', 'Lý', 'Lương', 'Hứa', 'Vi'],
  '09': ['Triệu', 'Bàn', 'Đặng', 'Lý', 'Phùng'],
  '18': ['Trần', 'Lê', 'Diệp', 'Trương', 'Lưu'],
};

const givenNames: Record<Sex, readonly (readonly [lastYear: number, names: string])[]> = {
  female: [
    [1962, 'Hoa Lan Hồng Nga Hạnh Liên Sen Mận Thơm Tý Nhàn Phúc Loan Xuân Đào Lựu Bé Sáu Thu Nụ Tâm Vân'],
    [1985, 'Hương Hà Thủy Lan Hoa Hạnh Nga Hằng Dung Yến Tuyết Mai Loan Phượng Thu Thúy Bích Oanh Liên Hiền'],
    [2004, 'Linh Trang Hương Thảo Phương Anh Ngọc Hà Huyền Hiền Nhung Thủy Vy Trinh Ngân Quyên My Diễm Thư'],
    [2100, 'Anh Linh Chi Ngọc An Nhi Trâm Thư Vy Châu Hân Diệp Khuê Mai Thảo Quỳnh My Uyên Như Yến'],
  ],
  male: [
    [1962, 'Hùng Thành Dũng Bình Sơn Lực Minh Tư Sáng Phúc Hải Đức Thắng Quang Tám Bảy Lợi Chiến Thọ Mạnh'],
    [
      1985,
      'Hùng Dũng Tuấn Cường Thành Hải Sơn Nam Minh Hưng Long Thắng Tùng Hiếu Quân Toàn Việt Trung Đức Tú',
    ],
    [
      2004,
      'Tuấn Hiếu Huy Đức Nam Anh Long Hoàng Duy Tùng Quân Phong Thành Trung Dương Khánh Đạt Vinh Kiên Tài',
    ],
    [
      2100,
      'Minh Khôi Anh Bảo Phúc Khang Huy Nam Quân Đăng Phong Long Kiệt Thiên Hưng Duy Khoa Nhân Tuấn Bách',
    ],
  ],
};

/** Share of the classical middle name (Thị, Văn) and the others, by generation. */
const middleNames: Record<Sex, readonly (readonly [lastYear: number, classical: number, names: string])[]> = {
  female: [
    [1962, 0.86, 'Kim Ngọc Thúy Bích'],
    [1985, 0.74, 'Thanh Thu Kim Ngọc Bích Hồng Thúy'],
    [2004, 0.45, 'Thanh Thu Ngọc Phương Minh Hồng Khánh Mỹ Thùy Diệu'],
    [2100, 0.12, 'Bảo Gia Khánh Minh Ngọc Phương Quỳnh Hà Thảo Tuệ An Như'],
  ],
  male: [
    [1962, 0.74, 'Đình Xuân Hữu Công Quang Đức'],
    [1985, 0.56, 'Đức Quang Minh Hữu Xuân Đình Công Thanh Trọng Ngọc'],
    [2004, 0.28, 'Đức Minh Quang Tuấn Anh Hoàng Thành Quốc Trọng Ngọc Việt'],
    [2100, 0.06, 'Minh Gia Đức Bảo Hoàng Tuấn Anh Quang Nhật Hải Thiên'],
  ],
};
const classical: Record<Sex, string> = { female: 'Thị', male: 'Văn' };

const ofYear = <T extends readonly [number, ...unknown[]]>(table: readonly T[], year: number): T =>
  table.find(([lastYear]) => year <= lastYear) ?? table[table.length - 1]!;

/** A family name of this people and part of the country. */
export function familyName(chance: Random, ethnic: string, south: boolean): string {
  const own = others[ethnic];
  if (own) return chance.pick(own);
  const name = chance.weighted(families);
  return south ? (southern[name] ?? name) : name;
}

/** A full name after the fashion of the year of birth. */
export function makeName(chance: Random, family: string, sex: Sex, year: number): Name {
  const given = chance.pick(ofYear(givenNames[sex], year)[1].split(' '));
  const [, share, names] = ofYear(middleNames[sex], year);
  const choices = names.split(' ').filter((name) => name !== given && name !== family);
  const first = chance.chance(share) ? classical[sex] : chance.pick(choices);
  const more =
    year > 1985 && chance.chance(0.2) ? [chance.pick(choices)].filter((name) => name !== first) : [];
  return { family, middle: [first, ...more], given };
}

/** "Nguyễn Thị Hạnh". */
export const fullName = (name: Name): string => [name.family, ...name.middle, name.given].join(' ');
