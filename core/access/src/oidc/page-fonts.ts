import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outcomeError } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';

const PATH = '/oauth/fonts';
const FOLDER = dirname(fileURLToPath(import.meta.resolve('@yba/ui/fonts/bvp-latin-400.woff2')));
const WEIGHTS = [400, 600, 700] as const;

/** Which characters each file holds: words in Latin and Vietnamese, digits of equal width. */
const RANGES: Readonly<Record<string, string>> = {
  figures: 'U+30-39,U+D7,U+2190-2193,U+2212,U+2264-2265',
  'bvp-vietnamese':
    'U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB',
  'bvp-latin':
    'U+0000-002F,U+003A-00D6,U+00D8-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F',
};

/** CSS that gives server-made pages the platform's typeface under the name `Yba`. */
export const FONT_CSS = Object.entries(RANGES)
  .flatMap(([file, range]) =>
    WEIGHTS.map(
      (weight) =>
        `@font-face{font-family:Yba;font-weight:${weight};font-display:swap;src:url(${PATH}/${file}-${weight}.woff2) format("woff2");unicode-range:${range}}`,
    ),
  )
  .join('\n');

/** Serves the files that FONT_CSS names. */
export function addPageFonts(app: FastifyInstance): void {
  app.get(`${PATH}/:file`, async (request, reply) => {
    const { file } = request.params as { file: string };
    const known = Object.keys(RANGES).some((name) =>
      WEIGHTS.some((weight) => file === `${name}-${weight}.woff2`),
    );
    if (!known) throw outcomeError('not-found', 'Nothing is served at this address.');
    return reply
      .type('font/woff2')
      .header('cache-control', 'public, max-age=604800')
      .send(createReadStream(join(FOLDER, file)));
  });
}
