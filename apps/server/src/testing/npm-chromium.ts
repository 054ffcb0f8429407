import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';

/** The Chromium that npm brings: a program and the environment it needs. */
export type NpmChromium = { executablePath: string; env: Record<string, string> };

/**
 * Unpacks the Chromium of the npm package @sparticuz/chromium (Linux x64) to the temporary folder, once
 * for all test files and runs, with a font and the libraries a bare machine lacks. Undefined on other platforms.
 */
export async function npmChromium(): Promise<NpmChromium | undefined> {
  if (platform() !== 'linux' || arch() !== 'x64') return undefined;
  const bin = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin');
  const folder = await unpacked(bin);
  const executablePath = join(folder, 'chromium');
  const bare = execFileSync('ldd', [executablePath]).toString().includes('not found');
  return {
    executablePath,
    env: {
      ...(bare ? { LD_LIBRARY_PATH: join(folder, 'lib') } : {}),
      ...(existsSync('/etc/fonts') ? {} : { FONTCONFIG_PATH: folder }),
    },
  };
}

async function unpacked(bin: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(bin, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const kept = process.env['YBA_TEST_PROGRAMS'] ?? tmpdir(); // `npm test` has a temporary folder for each run
  const target = join(kept, `yba-chromium-${version}-${process.getuid?.() ?? 'user'}`);
  if (existsSync(target)) return target;
  const draft = mkdtempSync(`${target}-`);
  await Promise.all([
    decompress(join(bin, 'chromium.br'), join(draft, 'chromium')),
    ...['fonts', 'al2023'].map((name) => untar(bin, name, draft)),
  ]);
  chmodSync(join(draft, 'chromium'), 0o755);
  writeFileSync(join(draft, 'fonts.conf'), `<fontconfig><dir>${target}/fonts</dir></fontconfig>\n`);
  renameUnlessThere(draft, target);
  return target;
}

async function untar(bin: string, name: string, folder: string): Promise<void> {
  const archive = join(folder, `${name}.tar`);
  await decompress(join(bin, `${name}.tar.br`), archive);
  execFileSync('tar', ['-xf', archive, '-C', folder, '--no-same-owner']);
  rmSync(archive);
}

async function decompress(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
}

function renameUnlessThere(draft: string, target: string): void {
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}
