import type { Words } from '../rules/rule.ts';

const ROOT = 'https://yba.vn/fhir';
/** Numbering systems of their own, and those that end in a facility's code. */
const SYSTEMS = ['cccd', 'bhyt', 'facility', 'licence', 'cmnd', 'passport', 'bhyt-card'];
const OF_FACILITY = ['mrn', 'ma-lk', 'ma-hsba', 'dossier-row'];

/** What is wrong with an identifier system, and the right one; undefined when nothing is known to be. */
export function systemFault(system: string): { found: Words; fix: Words } | undefined {
  const all = `${SYSTEMS.map((name) => `sid/${name}`).join(', ')}, ${OF_FACILITY.map((name) => `sid/${name}/<mã cơ sở>`).join(', ')}`;
  const near = nearSystem(system, 'sid');
  if (near)
    return {
      found: { vi: `Hệ thống ${system} viết sai.`, en: `The system ${system} is misspelt.` },
      fix: { vi: `Ghi đúng từng ký tự: ${near}.`, en: `Write it letter by letter: ${near}.` },
    };
  const name = new RegExp(`^${ROOT}/sid/([^/]*)(/.+)?$`).exec(system);
  if (name && !(name[2] ? OF_FACILITY : SYSTEMS).includes(name[1]!))
    return {
      found: { vi: `Không có hệ thống ${system}.`, en: `There is no system ${system}.` },
      fix: { vi: `Dùng một trong: ${all} (sau ${ROOT}/).`, en: `Use one of: ${all} (after ${ROOT}/).` },
    };
  const guessed = {
    cccd: 'cccd',
    cmnd: 'cmnd',
    bhyt: 'bhyt',
    'số cccd': 'cccd',
    'ho-chieu': 'passport',
    passport: 'passport',
  }[system.toLowerCase()];
  if (guessed)
    return {
      found: { vi: `“${system}” không phải URI.`, en: `“${system}” is not a URI.` },
      fix: { vi: `Ghi ${ROOT}/sid/${guessed}.`, en: `Write ${ROOT}/sid/${guessed}.` },
    };
  return undefined;
}

/** The system of ours that this one means, when it is written another way: http, capitals, a slash at the end, spaces. */
export function nearSystem(system: string, kind: 'sid' | 'CodeSystem'): string | undefined {
  const plain = system.trim().replace(/\/+$/, '');
  const parts = new RegExp(`^https?://(?:www\\.)?yba\\.vn/fhir/${kind}/([^/]+)(/.+)?$`, 'i').exec(plain);
  if (!parts) return undefined;
  const right = `${ROOT}/${kind}/${parts[1]!.toLowerCase()}${parts[2] ?? ''}`;
  return right === system ? undefined : right;
}
