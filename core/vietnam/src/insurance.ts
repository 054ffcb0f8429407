/** What the fund pays by the third character of a card, for a visit in route. The portal's answer goes before it. */
export const benefitLevels = {
  '1': { percent: 100, itemLimits: false, outsideScope: false },
  '2': { percent: 100, itemLimits: true, outsideScope: false },
  '3': { percent: 95, itemLimits: true, outsideScope: false },
  '4': { percent: 80, itemLimits: true, outsideScope: false },
  '5': { percent: 100, itemLimits: false, outsideScope: true },
} as const;

export type BenefitLevel = keyof typeof benefitLevels;

/** Who pays the contribution, by the first two letters of a card. Source: QĐ 1351/QĐ-BHXH. */
export const participantGroups: Readonly<Record<string, PayerKind>> = Object.fromEntries(
  (
    [
      ['worker-and-employer', 'DN HX CH NN TK HC XK'],
      ['social-insurance-fund', 'HT TB NO CT XB TN CS'],
      ['state-budget', 'QN CA CY XN MS CC CK CB KC HD TE BT HN DT DK XD TS TC TQ TA TY HG LS PV'],
      ['subsidised', 'CN HS SV GB'],
      ['household', 'GD'],
    ] as const
  ).flatMap(([payer, codes]) => codes.split(' ').map((code) => [code, payer])),
);

export type PayerKind =
  'worker-and-employer' | 'social-insurance-fund' | 'state-budget' | 'subsidised' | 'household';

/** A card code taken apart, or the bare 10-digit number printed on newer cards. */
export type InsuranceCard =
  | {
      valid: true;
      /** Ten characters that stay with the person when the rest of the card changes. */
      number: string;
      /** The whole card code, when 15 characters were given. */
      card?: string;
      group?: string;
      payer?: PayerKind;
      level?: BenefitLevel;
      /** 2-digit province of issue in the list before July 2025. */
      province?: string;
    }
  | { valid: false; why: 'length' | 'characters' };

/**
 * Reads an insurance card code `AA B CC DDDDDDDDDD` (15 characters) or the 10-digit number alone; spaces and
 * hyphens are ignored. An unknown participant group is kept: the list grows.
 */
export function parseInsuranceCard(text: string): InsuranceCard {
  const code = text
    .normalize('NFC')
    .replace(/[\s.\-\u200b\ufeff]/g, '')
    .toUpperCase();
  if (code.length !== 10 && code.length !== 15) return { valid: false, why: 'length' };
  if (code.length === 10) {
    return /^\d{10}$/.test(code) ? { valid: true, number: code } : { valid: false, why: 'characters' };
  }
  if (!/^[A-Z]{2}[1-5]\d{12}$/.test(code)) return { valid: false, why: 'characters' };
  const group = code.slice(0, 2);
  const payer = participantGroups[group];
  return {
    valid: true,
    number: code.slice(5),
    card: code,
    group,
    ...(payer ? { payer } : {}),
    level: code[2] as BenefitLevel,
    province: code.slice(3, 5),
  };
}
