import { evaluationFault } from '../fault.ts';

const utf8 = new TextEncoder();

/** Writes a text as `hex`, `base64` or `urlbase64` of its UTF-8. Source: https://hl7.org/fhirpath/N1/#encodeformat--string--string */
export function encode(text: string, format: string): string {
  const bytes = utf8.encode(text);
  if (format === 'hex') return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (format !== 'base64' && format !== 'urlbase64') throw noFormat(format);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const base64 = btoa(binary);
  return format === 'base64' ? base64 : base64.replaceAll('+', '-').replaceAll('/', '_');
}

/** The text that was encoded; nothing when it is not of that form. */
export function decode(text: string, format: string): string | undefined {
  const bytes = bytesOf(text, format);
  if (!bytes) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // bytes that are no UTF-8
  }
}

function bytesOf(text: string, format: string): Uint8Array | undefined {
  if (format === 'hex') {
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) return undefined;
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  if (format !== 'base64' && format !== 'urlbase64') throw noFormat(format);
  const base64 = format === 'base64' ? text : text.replaceAll('-', '+').replaceAll('_', '/');
  if (base64.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

const noFormat = (format: string) =>
  evaluationFault(`there is no encoding '${format.slice(0, 40)}'. Use hex, base64 or urlbase64`);

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const characters = new Map(Object.entries(entities).map(([character, entity]) => [entity, character]));
characters.set('&apos;', "'");

/** A text made safe for `html` or `json`. */
export function escape(text: string, target: string): string {
  if (target === 'html') return text.replace(/[&<>"']/g, (character) => entities[character]!);
  if (target === 'json') return JSON.stringify(text).slice(1, -1);
  throw noTarget(target);
}

/** The text that was escaped; what is no escape stays. */
export function unescape(text: string, target: string): string {
  if (target === 'html')
    return text.replace(
      /&(?:amp|lt|gt|quot|apos|#39|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g,
      (entity, decimal?: string, hex?: string) => {
        const known = characters.get(entity);
        if (known !== undefined) return known;
        const point = decimal ? Number(decimal) : Number.parseInt(hex!, 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : entity;
      },
    );
  if (target !== 'json') throw noTarget(target);
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g, (_, hex?: string, letter?: string) =>
    hex === undefined ? (controls[letter!] ?? letter!) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const controls: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

const noTarget = (target: string) =>
  evaluationFault(`there is no escaping for '${target.slice(0, 40)}'. Use html or json`);
