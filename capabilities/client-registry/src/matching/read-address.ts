import { provinces, provinceSuccession } from '@yba/vietnam/data';
import type { Registration } from './registration.ts';
import type { Rules } from './rules.ts';

/** An address in words that compare: province as a number (today's code; 0 unknown), commune and line folded. */
export type ReadAddress = { province: number; commune: string; line: string };

/** Reads names of units of before and since July 2025. */
export function readAddress(address: Registration['address'], rules: Rules): ReadAddress {
  const province = unit(address?.province);
  const known = rules.has('address-succession') ? todays().get(province) : asWritten(province);
  return { province: known ?? 0, commune: unit(address?.commune), line: lineOf(address?.line) };
}

const KIND = /^(tinh|thanh pho|tp|phuong|xa|thi tran|dac khu|quan|huyen|thi xa)\s+/;

/** The name of a unit without its kind, marks and signs. */
const unit = (text: string | undefined): string => fold(text).replace(KIND, '');

const lineOf = (text: string | undefined): string =>
  fold(text)
    .replace(/^(so nha|so)\s+/, '')
    .replace(/\b(duong|thon|ap|xom|to dan pho|tdp|khu pho|kp)\s+/g, '')
    .trim();

const fold = (text: string | undefined): string =>
  (text ?? '')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9/]+/g, ' ')
    .trim();

let provinceOfToday: Map<string, number> | undefined;

function todays(): Map<string, number> {
  provinceOfToday ??= new Map([
    ...provinceSuccession().map((row) => [unit(row.oldName), Number(row.newCode)] as const),
    ...provinces().map((row) => [unit(row.fullName), Number(row.code)] as const),
  ]);
  return provinceOfToday;
}

let provincesAsWritten: Map<string, number> | undefined;

/** Without the rule a province is the same only when its name is: 1 to 97 over both lists. */
function asWritten(name: string): number | undefined {
  provincesAsWritten ??= new Map(
    [
      ...new Set([
        ...provinceSuccession().map(({ oldName }) => unit(oldName)),
        ...provinces().map(({ fullName }) => unit(fullName)),
      ]),
    ].map((each, at) => [each, at + 1] as const),
  );
  return provincesAsWritten.get(name);
}
