import { weigh } from './chance.ts';

/**
 * Shares of family names in percent; shape after counts reported for lists of up to 241,000 persons: Nguyễn about
 * 31 %, fourteen names nine tenths.
 */
export const familyNames = weigh<string>([
  ['Nguyễn', 31.5], ['Trần', 10.9], ['Lê', 8.9], ['Phạm', 5.9], ['Hoàng', 3.4], ['Huỳnh', 2.2], ['Phan', 2.8],
  ['Vũ', 2.9], ['Võ', 2.6], ['Đặng', 1.9], ['Bùi', 2.1], ['Đỗ', 1.9], ['Hồ', 1.3], ['Ngô', 1.3], ['Dương', 1.1],
  ['Lý', 0.9], ['Đinh', 1.1], ['Trịnh', 0.8], ['Đào', 0.8], ['Đoàn', 0.8], ['Lương', 0.8], ['Trương', 1.3],
  ['Mai', 0.7], ['Lâm', 0.7], ['Cao', 0.7], ['Hà', 0.7], ['Tạ', 0.4], ['Chu', 0.4], ['Tô', 0.4], ['Thái', 0.4],
  ['Châu', 0.4], ['Lưu', 0.5], ['Quách', 0.3], ['Vương', 0.4], ['Kiều', 0.2], ['Tống', 0.3], ['La', 0.2],
  ['Nông', 0.4], ['Triệu', 0.3], ['Lò', 0.4], ['Quàng', 0.2], ['Giàng', 0.3], ['Vàng', 0.2], ['Thào', 0.15],
  ['Sùng', 0.15], ['Vừ', 0.1], ['Bàn', 0.1], ['Hứa', 0.15], ['Vi', 0.2], ['Lương', 0.3], ['Thạch', 0.3],
  ['Danh', 0.2], ['Kim', 0.2], ['Sơn', 0.1], ['Chau', 0.1], ['Ksor', 0.08], ['Rơ', 0.06], ['Siu', 0.06],
  ['H’', 0.03], ['Y', 0.05], ['Đàm', 0.3], ['Phùng', 0.5], ['Thân', 0.15], ['Tăng', 0.2], ['Mạc', 0.15],
  ['Bạch', 0.15], ['Doãn', 0.15], ['Khổng', 0.1], ['Nghiêm', 0.15], ['Ninh', 0.1], ['Ông', 0.05], ['Phí', 0.08],
  ['Quan', 0.05], ['Tiêu', 0.05], ['Từ', 0.15], ['Ứng', 0.03], ['Viên', 0.03], ['Văn', 0.3], ['Diệp', 0.1],
  ['Lục', 0.08], ['Mã', 0.06], ['Tôn', 0.1], ['Thiều', 0.05], ['Cù', 0.06], ['Giang', 0.1], ['Hàn', 0.03],
]); // prettier-ignore

type Sex = 'male' | 'female';

/** Given names by sex and last year of birth, the commonest first; drawn with weights that fall as 1/(rank + 4). */
const givenLists: Record<Sex, readonly (readonly [lastYear: number, names: string])[]> = {
  female: [
    [1960, 'Hoa Lan Hồng Nga Hạnh Liên Sen Mận Thơm Tý Nhàn Phúc Loan Xuân Đào Lựu Bé Sáu Thu Nụ Tâm Vân Bảy Tư Năm Hai Út Ba Chín Mười Thìn Tỵ Ngọ Mùi Thân Dậu Tuất Hợi Sửu Dần Mão Gái Chanh Bưởi Cúc Huệ Nhung Thoa Thịnh Vượng Thuận Hòa Bình Minh Yên Ổn Quý Báu Lụa Gấm Vóc Nhiễu The Lành Hiền Thảo Ngoan Duyên Dung Nhan Sắc Hương Thêu Dệt Tằm Tơ Kén'],
    [1985, 'Hương Hà Thủy Lan Hoa Hạnh Nga Hằng Dung Yến Tuyết Mai Loan Phượng Thu Thúy Bích Oanh Liên Hiền Thanh Tâm Vân Nhung Hòa Hồng Hải Minh Lý Nguyệt Lệ Xuân Ngân Ngọc Thảo Thơm Huyền Quyên Trang Linh Hiếu Kim Phương Thoa Sương Tươi Nhàn Cúc Huệ Thắm Thịnh Vinh Diễm Kiều Tuyến Len Điệp Ánh Luyến Lương Mến Nụ Thường Toan Mơ Hậu Bé Đào Trinh Uyên Vui Lành'],
    [2004, 'Linh Trang Hương Thảo Phương Anh Ngọc Hà Huyền Hiền Nhung Thủy Vy Trinh Ngân Quyên My Diễm Thư Yến Mai Hằng Nga Dung Thúy Vân Trâm Giang Oanh Như Quỳnh Tiên Uyên Lan Hạnh Duyên Châu Loan Tuyền Nhi Ánh Hoa Nguyệt Thu Thoa Hòa Hồng Tâm Minh Chi Ly Phượng Kiều Liên Tú Trúc Xuân Hân Mỹ Khánh Cẩm Hậu Thùy Tình Nhàn Lệ Ngà Tuyết'],
    [2100, 'Anh Linh Chi Ngọc An Nhi Trâm Thư Vy Châu Hân Diệp Khuê Mai Thảo Quỳnh My Uyên Như Yến Ngân Trang Hà Vân Phương Dương Khánh Minh Giang Thy Nguyên Ly Trúc Tiên Lam Đan San Ánh Hạ Thanh Huyền Bình Nga Mẫn Tâm Hiền Lâm Kim Nhã Tú Bích Hương Duyên Lan Tuệ Băng Cát Đoan Gia Hoài'],
  ],
  male: [
    [1960, 'Hùng Thành Dũng Bình Sơn Lực Minh Tư Sáng Phúc Hải Đức Thắng Quang Tám Bảy Lợi Chiến Thọ Mạnh Hai Ba Năm Sáu Chín Út Tý Sửu Dần Mão Thìn Tỵ Ngọ Mùi Thân Dậu Tuất Hợi Tâm Tài Lộc Phú Quý Khoa Bảng Cử Tú Đắc Thịnh Vượng Khang Ninh Hòa Thuận Nghĩa Nhân Lễ Trí Tín Trung Hiếu Kiên Cường Bền Vững Chắc Lâm Giang Hà Long Lân Quy Phụng Tùng Bách'],
    [1985, 'Hùng Dũng Tuấn Cường Thành Hải Sơn Nam Minh Hưng Long Thắng Tùng Hiếu Quân Toàn Việt Trung Đức Tú Thanh Bình Hòa Phong Quang Lâm Tâm Tài Phương Tiến Thịnh Vinh Khánh An Hiền Hoàng Linh Đông Giang Kiên Lợi Phúc Quyền Quyết Sáng Thái Thuận Thủy Trường Tư Tuyến Vũ Xuân Chung Chiến Công Cương Đạt Điệp Định Duy Hậu Huy Khoa'],
    [2004, 'Tuấn Hiếu Huy Đức Nam Anh Long Hoàng Duy Tùng Quân Phong Thành Trung Dương Khánh Đạt Vinh Kiên Tài Minh Hưng Hải Linh Sơn Thắng Toàn Trường Tiến Cường Dũng Việt Bảo Quang Phúc Thịnh An Tú Hùng Lâm Nhân Khoa Khang Kiệt Lộc Luân Mạnh Nghĩa Nhật Phát Phú Quốc Quý Sang Tân Thái Thiện Thông Tín Trí Vũ Công Đăng Giang Hậu Hòa'],
    [2100, 'Minh Khôi Anh Bảo Phúc Khang Huy Nam Quân Đăng Phong Long Kiệt Thiên Hưng Duy Khoa Nhân Tuấn Bách An Khánh Đức Hiếu Lâm Thịnh Phát Trí Sơn Hải Dương Hoàng Nguyên Việt Vinh Tùng Kiên Đạt Tâm Quang Tài Nghĩa Lộc Phú Quốc Thành Trung Vũ Gia Tú Bình Cường Dũng Hùng Khải Kỳ Luân Nhật Tiến Toàn'],
  ],
}; // prettier-ignore

/** Share of Thị or Văn as the middle name, and the other middle words, by sex and last year of birth. */
const middleLists: Record<Sex, readonly (readonly [lastYear: number, classical: number, names: string])[]> = {
  female: [
    [1960, 0.84, 'Kim Ngọc Thúy Bích Mỹ Thu Hồng Tuyết Xuân Ánh'],
    [1985, 0.72, 'Thanh Thu Kim Ngọc Bích Hồng Thúy Mỹ Tuyết Lệ Phương Minh Ánh'],
    [2004, 0.46, 'Thanh Thu Ngọc Phương Minh Hồng Khánh Mỹ Thùy Diệu Kim Bích Huyền Lan Hà Thảo Quỳnh Ánh Cẩm Hoài Hương Mai'],
    [2100, 0.14, 'Bảo Gia Khánh Minh Ngọc Phương Quỳnh Hà Thảo Tuệ An Như Thanh Thùy Mai Hải Kim Mỹ Tú Trúc Yến Hoàng Linh Diệu Ánh'],
  ],
  male: [
    [1960, 0.72, 'Đình Xuân Hữu Công Quang Đức Ngọc Minh Văn Duy Trọng Bá'],
    [1985, 0.56, 'Đức Quang Minh Hữu Xuân Đình Công Thanh Trọng Ngọc Quốc Mạnh Anh Hoàng Tiến Duy Hồng'],
    [2004, 0.28, 'Đức Minh Quang Tuấn Anh Hoàng Thành Quốc Trọng Ngọc Việt Duy Hữu Công Thanh Xuân Đình Mạnh Tiến Trung Hải Nhật'],
    [2100, 0.07, 'Minh Gia Đức Bảo Hoàng Tuấn Anh Quang Nhật Hải Thiên Quốc Phúc Duy Đăng Khánh Ngọc Hữu Thành Trung An Tiến Việt Khôi'],
  ],
}; // prettier-ignore

const falling = (names: string) =>
  weigh(names.split(' ').map((name, rank) => [name, 1 / (rank + 4)] as const));
const ofYear = <T extends readonly [number, ...unknown[]]>(table: readonly T[], year: number): T =>
  table.find(([lastYear]) => year <= lastYear) ?? table.at(-1)!;

const given = Map.groupBy(
  (['female', 'male'] as const).flatMap((sex) =>
    givenLists[sex].map(([lastYear, names]) => ({ sex, lastYear, table: falling(names) })),
  ),
  ({ sex }) => sex,
);
const middle = Map.groupBy(
  (['female', 'male'] as const).flatMap((sex) =>
    middleLists[sex].map(([lastYear, classical, names]) => ({
      sex,
      lastYear,
      classical,
      table: falling(names),
    })),
  ),
  ({ sex }) => sex,
);

/** Given names in the fashion of a year. */
export const givenNames = (sex: Sex, year: number) =>
  given.get(sex)!.find(({ lastYear }) => year <= lastYear)!.table;

/** Middle words in the fashion of a year, with the share of Thị or Văn. */
export const middleNames = (sex: Sex, year: number) =>
  middle.get(sex)!.find(({ lastYear }) => year <= lastYear)!;

/** A rate that goes by year: `before` rows hold until their year, `from` rows since theirs. */
export const rateBefore = (table: readonly (readonly [number, number])[], year: number): number =>
  ofYear(
    table.map(([limit, rate]) => [limit - 1, rate] as const),
    year,
  )[1];
export const rateFrom = (table: readonly (readonly [number, number])[], year: number): number =>
  table.findLast(([from]) => year >= from)?.[1] ?? table[0]![1];

/** Pairs of names that parents give to twins and that one slip confuses. */
export const twinNames: Record<Sex, readonly (readonly [string, string])[]> = {
  female: [
    ['Anh', 'Ánh'], ['Hà', 'Hạ'], ['Thảo', 'Thơ'], ['Linh', 'Lan'], ['Ngân', 'Ngọc'], ['My', 'Mỹ'], ['Như', 'Nhi'],
  ],
  male: [
    ['Phúc', 'Phát'], ['Long', 'Lân'], ['Minh', 'Mẫn'], ['Khang', 'Khánh'], ['Tuấn', 'Tú'], ['Hải', 'Hà'],
  ],
}; // prettier-ignore
