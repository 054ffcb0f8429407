import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** An operating-system user that PostgreSQL may run as. */
export type User = { name: string; uid: number; gid: number };

const OWN_USER = 'yba';

/**
 * The user PostgreSQL is to run as when we are root, which it refuses: an existing `postgres`, else
 * our own `yba` (created), else `nobody`. Undefined when we are not root: it runs as ourselves.
 */
export function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = find('postgres') ?? find(OWN_USER) ?? create(OWN_USER) ?? find('nobody');
  if (!user)
    throw new Error(
      'PostgreSQL refuses to run as root, and no other user is there or can be made. Create one: useradd --system yba',
    );
  return user;
}

/** Whether this user may step into every folder on the way to `path` (what is missing counts as enterable). */
export function firstClosedFolder(path: string, user: User): string | undefined {
  const parents: string[] = [];
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) parents.unshift(folder);
  return parents.find((folder) => !enterable(folder, user));
}

/**
 * Lets this user step through (not list, not read) the folders on the way to a data folder that root made for
 * itself, such as a fresh temporary one. Folders of others, and root's own home, are left as they are: the first
 * of those that is closed is given.
 */
export function openPath(path: string, user: User): string | undefined {
  for (let closed = firstClosedFolder(path, user); closed; closed = firstClosedFolder(path, user)) {
    const stat = statSync(closed);
    if (stat.uid !== 0 || dirname(dirname(closed)) === dirname(closed)) return closed;
    chownSync(closed, 0, user.gid);
    chmodSync(closed, (stat.mode & 0o7777) | 0o010);
  }
  return undefined;
}

function enterable(folder: string, user: User): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) return true;
  const bit = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
  return (stat.mode & bit) !== 0;
}

function find(name: string): User | undefined {
  const uid = idOf('-u', name);
  const gid = idOf('-g', name);
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { name, uid, gid };
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  } catch {
    return undefined;
  }
}

function create(name: string): User | undefined {
  const attempts: [string, string[]][] = [
    ['useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', name]],
    ['adduser', ['-S', '-D', '-H', name]],
  ];
  for (const [command, args] of attempts) {
    try {
      execFileSync(command, args, { stdio: 'ignore' });
      return find(name);
    } catch {
      // The next command may exist where this one does not.
    }
  }
  return undefined;
}
