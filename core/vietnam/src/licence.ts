/** Why a licence number carries another facility's code. */
export type LicenceSuffix = 'mobilised' | 'tele-read' | 'transferred';

/** A practitioner as the dossier names one. */
export type PractitionerReference = {
  /** Licence number, normalised. */
  licence: string;
  /** The facility that the suffix names, with what the suffix means. */
  elsewhere?: { facility: string; why: LicenceSuffix };
  /** Staff code of an unlicensed trainee working under this licence. */
  trainee?: string;
};

const suffixes: Record<string, LicenceSuffix> = {
  HD: 'mobilised',
  C: 'mobilised',
  TX: 'tele-read',
  CG: 'transferred',
};

/** A practice licence number as two spellings compare equal: NFC, capitals, no spaces. */
export const normaliseLicence = (text: string): string =>
  text.normalize('NFC').replace(/\s+/g, '').toUpperCase();

/** The practitioners in a `;`-joined field (MA_BAC_SI, NGUOI_THUC_HIEN, MA_BS_DOC_KQ), the main one first. */
export function parsePractitioners(text: string): PractitionerReference[] {
  return text
    .split(';')
    .map(normaliseLicence)
    .filter((part) => part !== '')
    .map((part) => {
      const trainee = /\(([^()]+)\)$/.exec(part);
      const bare = trainee ? part.slice(0, trainee.index) : part;
      const suffix = /\.(HD|TX|CG|C)\.([0-9A-Z]{2,5})$/.exec(bare);
      return {
        licence: suffix ? bare.slice(0, suffix.index) : bare,
        ...(suffix ? { elsewhere: { facility: suffix[2]!, why: suffixes[suffix[1]!]! } } : {}),
        ...(trainee ? { trainee: trainee[1]! } : {}),
      };
    })
    .filter((reference) => reference.licence !== '');
}
