import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { platform, userInfo } from 'node:os';
import { join } from 'node:path';
import { folderToDiskNow } from '../durable.ts';
import { CLEAN_ENVIRONMENT } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { alive } from './owner.ts';
import { openPath } from './unprivileged-user.ts';
import type { User } from './unprivileged-user.ts';

/** The database user that owns everything, and the database. */
export const OWNER = 'yba';

/** PostgreSQL's own folder inside the data folder, and who runs it. */
export type Cluster = { folder: string; user: User | undefined };

const MAJOR = '18';
const DRAFT = 'postgres.draft-';

/** Sensible on two cores that PostgreSQL shares with the server. */
const SETTINGS: Record<string, string> = {
  shared_buffers: '256MB',
  wal_compression: 'pglz',
  max_wal_size: '2GB',
  max_slot_wal_keep_size: '16GB',
  jit: 'off',
  synchronous_commit: 'on',
  fsync: 'on',
  random_page_cost: '1.1',
  log_min_messages: 'warning',
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Fewest connections it takes. */
const CONNECTIONS_LEAST = 100;

/**
 * Makes sure that the data folder holds a cluster that its user can enter, and gives it. A first
 * initdb works under a draft name and is renamed when whole, so that a crash midway leaves nothing
 * that looks like a cluster.
 */
export async function ensureCluster(
  dataDir: string,
  user: User | undefined,
  programs: Binaries,
  log: (text: string) => void,
  connections = 0,
): Promise<Cluster> {
  const folder = join(dataDir, 'postgres');
  mkdirSync(dataDir, { recursive: true });
  const runner = existing(folder, user);
  const closed = runner && openPath(dataDir, runner);
  if (closed && runner) throw closedError(dataDir, closed, runner);
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    refuseRest(folder);
    log('making the database');
    await init(dataDir, folder, runner, programs);
  }
  refuseOtherMajor(folder);
  writeFileSync(
    join(folder, 'yba.conf'),
    settingsText({ ...SETTINGS, max_connections: String(Math.max(connections, CONNECTIONS_LEAST)) }),
    {
      flush: true,
    },
  );
  if (runner && statSync(folder).uid !== runner.uid) chownTree(folder, runner);
  return { folder, user: runner };
}

/** The folder of an earlier run keeps its user, whatever users were added to the machine since. */
function existing(folder: string, user: User | undefined): User | undefined {
  const stat = user && statSync(folder, { throwIfNoEntry: false });
  return stat && stat.uid !== 0 ? { name: `user ${stat.uid}`, uid: stat.uid, gid: stat.gid } : user;
}

function closedError(dataDir: string, closed: string, user: User): Error {
  return new Error(
    `PostgreSQL cannot use the data folder ${dataDir}: it runs as ${user.name} (never as root), who may not enter ${closed}. ` +
      `Choose another folder with --data (for example --data /var/lib/yba/data), or allow it: chmod o+x ${closed}`,
  );
}

async function init(
  dataDir: string,
  folder: string,
  user: User | undefined,
  programs: Binaries,
): Promise<void> {
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith(DRAFT) && !isBeingMade(name))
      rmSync(join(dataDir, name), { recursive: true, force: true });
  }
  const draft = join(dataDir, `${DRAFT}${process.pid}-${randomBytes(4).toString('hex')}`);
  mkdirSync(draft, { mode: 0o700 });
  if (user) chownSync(draft, user.uid, user.gid);
  const options = [
    '-U',
    OWNER,
    '-E',
    'UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '-k',
    '--no-instructions',
  ];
  await run(programs.initdb, ['-D', draft, ...options, ...authentication(dataDir)], draft, user);
  writeFileSync(
    join(draft, 'postgresql.conf'),
    "# yba.conf is written at each start; what local.conf says comes after it\ninclude 'yba.conf'\ninclude_if_exists 'local.conf'\n",
    { flush: true },
  );
  if (platform() !== 'win32') {
    writeFileSync(join(draft, 'pg_hba.conf'), 'local all all peer map=yba\n', { flush: true });
    writeFileSync(join(draft, 'pg_ident.conf'), identMap(user), { flush: true });
  }
  folderToDiskNow(draft);
  nameUnlessThere(draft, folder);
  // a name lost with the power would be taken for a draft, and removed with all that was acknowledged since
  folderToDiskNow(dataDir);
}

/** Whether another server, started on the same new folder, is at it. */
const isBeingMade = (name: string): boolean => {
  const maker = Number.parseInt(name.slice(DRAFT.length), 10);
  return /^\d+-/.test(name.slice(DRAFT.length)) && maker !== process.pid && alive(maker);
};

/** Of two servers started on a new folder, the one that is later goes on with what the other made: and finds it in use. */
function nameUnlessThere(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(join(folder, 'PG_VERSION'))) throw error;
  }
}

/** Where the owner's password is, on Windows. */
export const passwordFile = (dataDir: string) => join(dataDir, 'postgres.password');

/** Windows has no peer authentication: a password only the owner of the folder can read. */
function authentication(dataDir: string): string[] {
  if (platform() !== 'win32') return ['--auth=peer'];
  const file = passwordFile(dataDir);
  writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return ['--auth=scram-sha-256', `--pwfile=${file}`];
}

/** Who may sign in as the owner: the socket is open to the user PostgreSQL runs as and, where we are root, to root. */
export function identMap(user: User | undefined): string {
  const names = new Set(['root', user?.name ?? userInfo().username]);
  return [...names].map((name) => `yba ${name} ${OWNER}\n`).join('');
}

function settingsText(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('');
}

/** What is left of a database is not passed over for a new one. */
function refuseRest(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new Error(
    `${folder} holds files, and no PG_VERSION among them: what is left of a database, or of copying one. Copy it anew, or restore a backup into another folder (yba admin restore); to begin with an empty one, name another folder with --data.`,
  );
}

function refuseOtherMajor(folder: string): void {
  const major = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (major !== MAJOR) {
    throw new Error(
      Number(major) > Number(MAJOR)
        ? `The data folder ${folder} was made by PostgreSQL ${major}, of a newer Y Bạ; this one brings PostgreSQL ${MAJOR}. Start the newer Y Bạ, or choose another folder with --data.`
        : `The data folder ${folder} was made by PostgreSQL ${major}; this Y Bạ brings PostgreSQL ${MAJOR}, which cannot open it. Move the data with pg_dump (docs/operations.md, “Another PostgreSQL”), or start the Y Bạ that made it.`,
    );
  }
}

function chownTree(folder: string, user: User): void {
  chownSync(folder, user.uid, user.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    chownSync(join(entry.parentPath, entry.name), user.uid, user.gid);
  }
  chmodSync(folder, 0o700);
}

function run(program: string, args: string[], cwd: string, user: User | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const identity = user ? { uid: user.uid, gid: user.gid } : {};
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: CLEAN_ENVIRONMENT,
      ...identity,
    });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`initdb failed: ${errors.trim() || `exit code ${code}`}`)),
    );
  });
}
