import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FONTS = dirname(fileURLToPath(import.meta.resolve('@yba/ui/fonts/bvp-latin-400.woff2')));
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  woff2: 'font/woff2',
};

/** A file the pages need, by its name below `/assets/`: the platform's tokens and typefaces, and our own style and script. */
export function asset(name: string): { type: string; body: Buffer } | undefined {
  const file = fileOf(name);
  return file === undefined
    ? undefined
    : { type: TYPES[name.slice(name.lastIndexOf('.') + 1)]!, body: readFileSync(file) };
}

function fileOf(name: string): string | undefined {
  if (name === 'tokens.css') return join(FONTS, '..', 'tokens.css');
  if (name === 'status.css' || name === 'status.js') return join(import.meta.dirname, name);
  const font = /^fonts\/((?:bvp-latin|bvp-vietnamese|figures)-(?:400|500|600|700)\.woff2)$/.exec(name)?.[1];
  return font && join(FONTS, font);
}
