/**
 * How often each thing goes wrong in a registration, and the seeds of the evaluation. Fixed before the matcher was
 * tuned; tuning uses other seeds. Rates are shares of the records to which the mistake can happen.
 */

/** Seeds of the published results. Never tune on them. */
export const EVALUATION_SEEDS = { '10k': 20_260_701, '1m': 20_261_122 } as const;

/** Seeds for tuning and for tables that compare settings. */
export const TUNING_SEEDS = [11, 12, 13] as const;

/** What a record can have wrong, or is written in another way than the others of its person. */
export const ERROR_KINDS = [
  'marks-lost', // no tone or other mark at all: NGUYEN THI HOA
  'tone-wrong', // one word with another or without its tone
  'tone-placement', // hoà for hòa: differs by the software of the facility
  'decomposed', // NFD instead of NFC
  'i-y', // Lí for Lý
  'd-stroke', // D or Icelandic Ð for Đ
  'telex', // unconverted typing: Nguyeexn
  'vni', // unconverted typing: Nguye64n
  'typo', // one letter missing, doubled, replaced, or two exchanged
  'misheard', // s/x, tr/ch, d/gi, l/n, final n/ng
  'order-swapped', // given name first
  'middle-dropped',
  'initials', // Nguyễn T. Hoa
  'regional-family', // Huỳnh for Hoàng, Võ for Vũ
  'other-name', // the name a person is known by at home
  'birth-year-only',
  'birth-first-of-january',
  'birth-day-month', // exchanged
  'birth-digit', // one digit wrong
  'birth-year-off', // a year more or less
  'birth-missing',
  'sex-wrong',
  'sex-missing',
  'number-old', // 9 digits, before the 12-digit number
  'number-typo',
  'number-zero-lost', // 11 digits, as a spreadsheet leaves it
  'number-reissued', // cancelled and established anew
  'number-of-relative',
  'insurance-typo',
  'insurance-of-relative',
  'insurance-temporary', // card of a child before its number
  'phone-of-relative',
  'phone-changed',
  'phone-11-digits', // before September 2018
  'address-missing',
  'address-three-tier', // commune, district, province of before July 2025
  'moved',
  'newborn', // CON BÀ with the mother's name
  'twin', // has a twin: no mistake, but the hardest to tell apart
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

export const RATES = {
  name: {
    /** Facilities whose software writes capitals; without marks; decomposed; with the tone on the last vowel. */
    facilityCapitals: 0.55,
    facilityWithoutMarks: 0.05,
    facilityDecomposed: 0.04,
    facilityNewTonePlacement: 0.5,
    marksLost: 0.05,
    toneWrong: 0.02,
    iY: 0.05,
    dStroke: 0.02,
    telex: 0.003,
    vni: 0.002,
    typo: 0.012,
    misheard: 0.008,
    orderSwapped: 0.006,
    middleDropped: 0.01,
    initials: 0.003,
    regionalFamily: 0.03,
    otherName: 0.001,
  },
  birth: {
    /** By year of birth: those born before the year. */
    yearOnly: [
      [1950, 0.25],
      [1965, 0.08],
      [1980, 0.02],
      [2100, 0.003],
    ],
    firstOfJanuary: [
      [1950, 0.12],
      [1965, 0.06],
      [1980, 0.02],
      [2100, 0.004],
    ],
    dayMonth: 0.004,
    digit: 0.007,
    yearOff: 0.006,
    missing: 0.001,
  },
  sex: { wrong: 0.003, missing: 0.004 },
  number: {
    /** A person number on the record, by year of the visit: from the first year of the row. */
    adult: [
      [2017, 0.22],
      [2021, 0.5],
      [2023, 0.86],
    ],
    child: [
      [2017, 0.1],
      [2021, 0.2],
      [2023, 0.5],
    ],
    /** The old 9-digit number when the 12-digit one is not given; and beside it. */
    oldAlone: [
      [2017, 0.7],
      [2021, 0.4],
      [2023, 0.05],
    ],
    oldBeside: 0.12,
    typo: 0.004,
    zeroLost: 0.005,
    reissued: 0.002,
    ofRelative: 0.0015,
  },
  insurance: { holders: 0.93, shown: 0.88, asCard: 0.45, typo: 0.003, ofRelative: 0.001 },
  phone: { shown: 0.68, ofRelative: 0.12, changed: 0.06, typo: 0.004 },
  address: { missing: 0.05, moved: 0.06, threeTierAfter2025: 0.35, lineRewritten: 0.3 },
  mother: { shownForChild: 0.65 },
  newborn: { recorded: 0.55 },
  twins: 0.012,
  /** How many records a person has, 1 to 7. */
  recordsOfPerson: [0.36, 0.28, 0.15, 0.09, 0.06, 0.04, 0.02],
} as const;
