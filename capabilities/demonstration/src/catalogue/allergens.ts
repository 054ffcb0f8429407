/** Something a person of the demonstration is allergic to. */
export type Allergen = {
  code: string;
  vi: string;
  category: 'medication' | 'food' | 'environment';
  /** How it showed, from mild to dangerous. */
  reactions: readonly (readonly [text: string, severity: 'mild' | 'moderate' | 'severe'])[];
  weight: number;
};

/** The allergens of the demonstration. */
export const allergens: readonly Allergen[] = [
  {
    code: 'penicillin',
    vi: 'Penicillin',
    category: 'medication',
    reactions: [
      ['mày đay', 'moderate'],
      ['phát ban', 'mild'],
      ['sốc phản vệ', 'severe'],
    ],
    weight: 5,
  },
  {
    code: 'iodine-contrast',
    vi: 'Cản quang i-ốt',
    category: 'medication',
    reactions: [
      ['mày đay', 'moderate'],
      ['khó thở', 'severe'],
    ],
    weight: 1.5,
  },
  {
    code: 'nsaid',
    vi: 'Thuốc giảm đau kháng viêm (NSAID)',
    category: 'medication',
    reactions: [
      ['phù mặt', 'moderate'],
      ['cơn hen', 'severe'],
    ],
    weight: 3,
  },
  {
    code: 'sulfamid',
    vi: 'Sulfamid',
    category: 'medication',
    reactions: [
      ['phát ban', 'mild'],
      ['bong da', 'severe'],
    ],
    weight: 2,
  },
  {
    code: 'seafood',
    vi: 'Hải sản có vỏ',
    category: 'food',
    reactions: [
      ['mày đay', 'mild'],
      ['sưng môi', 'moderate'],
    ],
    weight: 4,
  },
  { code: 'peanut', vi: 'Đậu phộng', category: 'food', reactions: [['mày đay', 'moderate']], weight: 1 },
  {
    code: 'dust-mite',
    vi: 'Mạt bụi nhà',
    category: 'environment',
    reactions: [['hắt hơi, chảy mũi', 'mild']],
    weight: 2,
  },
];

/** Code that says: asked, and no allergy is known. */
export const NO_KNOWN_ALLERGY = { code: '716186003', vi: 'Không có dị ứng được biết' };
