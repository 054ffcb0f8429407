import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { compressAssets } from '@yba/http';
import type { Progress } from '../progress.ts';
import { telling } from '../progress.ts';
import { ROOT } from './root.ts';
import { sourcesDigest } from './sources-digest.ts';

const WEB = join(ROOT, 'apps', 'web');
const DIST = join(WEB, 'dist');
const STAMP = join(DIST, '.sources');
const SOURCES = ['apps/web/**', 'core/ui/**', 'core/vietnam/**', 'package-lock.json'];

/** The folder of the built screens; builds them when their sources are not those of the last build. */
export async function builtWeb(progress: Progress): Promise<string> {
  const sources = sourcesDigest(SOURCES);
  if (stampOf() !== sources)
    await telling(progress, (tell) => {
      tell('building the screens');
      return build(sources);
    });
  return DIST;
}

/** The folder of the built screens, when there is one. */
export function existingWeb(): string | undefined {
  return existsSync(join(DIST, 'index.html')) ? DIST : undefined;
}

function stampOf(): string | undefined {
  return existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : undefined;
}

/** Builds beside the old screens and puts the new ones in their place when whole. */
async function build(sources: string): Promise<void> {
  const draft = join(WEB, `dist.draft-${process.pid}`);
  process.once('exit', () => rmSync(draft, { recursive: true, force: true }));
  try {
    await vite(draft);
    await compressAssets(draft);
    writeFileSync(join(draft, '.sources'), sources);
    rmSync(DIST, { recursive: true, force: true });
    renameSync(draft, DIST);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function vite(outDir: string): Promise<void> {
  const program = join(
    dirname(createRequire(join(WEB, 'package.json')).resolve('vite/package.json')),
    'bin',
    'vite.js',
  );
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [program, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'error'],
      {
        cwd: WEB,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    process.once('exit', () => child.kill());
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`The screens could not be built:\n${stripVTControlCharacters(output)}`)),
    );
  });
}
