#!/usr/bin/env node
// Starts the `yba` command on any Node.js from 20.19: installs what is missing, then runs the command
// itself on the Node.js that package.json pins. Plain JavaScript without dependencies, because it
// runs before anything is installed.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { arch, constants, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const OLDEST = [20, 19];
/** The product needs type stripping and zstd dictionaries. */
const OLDEST_TO_RUN = [24, 7];
const TICK_MS = 5_000;
/** Compiled code is kept between starts; large buffers go back to the system when they are freed. */
const LEAN = {
  NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'yba'),
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: String(1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(1024 * 1024),
};

requireNode(OLDEST, 'to install Y Bạ');
if (!installed()) await install();
await run(pinnedNode());

/** @param {number[]} oldest @param {string} purpose */
function requireNode(oldest, purpose) {
  if (newerThan(oldest)) return;
  fail(
    `Node.js ${oldest.join('.')} or later is needed ${purpose}; this is ${process.version}. Get it from https://nodejs.org`,
  );
}

/** @param {number[]} oldest */
function newerThan([oldestMajor, oldestMinor]) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** @param {string} message @returns {never} */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Whether node_modules holds the very versions of package-lock.json; packages for other platforms may be absent. */
function installed() {
  const kept = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(kept)) return false;
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const present = packagesOf(kept);
  return Object.entries(wanted).every(([place, { version, link, optional, devOptional }]) => {
    if (!place.startsWith('node_modules/') || link) return true;
    const there = present[place];
    return there ? there.version === version : Boolean(optional || devOptional);
  });
}

/** @param {string} file @returns {Record<string, { version?: string, link?: boolean, optional?: boolean, devOptional?: boolean }>} */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

async function install() {
  const started = Date.now();
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const terminal = process.stderr.isTTY;
  process.stderr.write('Installing the packages Y Bạ needs (npm ci) …\n');
  const tick = () => process.stderr.write(terminal ? `\r  … ${elapsed()}` : `  … ${elapsed()}\n`);
  const timer = setInterval(tick, terminal ? 1_000 : TICK_MS);
  const { code, output } = await npmCi();
  clearInterval(timer);
  if (terminal) process.stderr.write('\r');
  if (code !== 0)
    fail(
      `${output}\nThe installation failed (npm ci, exit code ${code}). Is the network or the npm registry reachable?`,
    );
  process.stderr.write(`Installed in ${elapsed()}\n`);
}

/** @returns {Promise<{ code: number | null, output: string }>} */
function npmCi() {
  const args = ['ci', '--no-audit', '--no-fund'];
  const script = process.env.npm_execpath;
  const [command, commandArgs, shell] =
    script && /\.c?js$/.test(script)
      ? [process.execPath, [script, ...args], false]
      : ['npm', args, platform() === 'win32'];
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { cwd: ROOT, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.once('error', (error) => resolve({ code: 1, output: `${output}${error.message}` }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** The Node.js that npm brought for this platform, else the running one if it is new enough. */
function pinnedNode() {
  const os = platform() === 'win32' ? 'win' : platform();
  const program = join(
    ROOT,
    'node_modules',
    `node-${os}-${arch()}`,
    'bin',
    platform() === 'win32' ? 'node.exe' : 'node',
  );
  if (existsSync(program)) return program;
  requireNode(OLDEST_TO_RUN, `to run Y Bạ on ${platform()} ${arch()}, for which npm has no Node.js package`);
  return process.execPath;
}

/** @param {string} node */
async function run(node) {
  const main = join(ROOT, 'apps', 'server', 'src', 'main.ts');
  // The channel tells the command when this launcher is gone, however that came about.
  const args = process.argv.slice(2);
  const child = spawn(node, [...memoryFlags(args), main, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...LEAN, ...process.env },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const orphaned = followNpm(child);
  const { code, signal } = await new Promise((resolve) => {
    child.once('error', (error) => fail(`${node} cannot be started: ${error.message}`));
    child.once('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  clearInterval(orphaned);
  process.exit(signal ? 128 + constants.signals[signal] : code);
}

/**
 * Limits of memory for the process of a server, as apps/server/src/serve/memory.ts shares it out; they can only be set
 * when a process starts.
 * @param {string[]} args @returns {string[]}
 */
function memoryFlags(args) {
  const command = args.find((arg) => !arg.startsWith('-')) ?? 'start';
  // an edge agent stays below 256 MB (docs/edge.md)
  if (command === 'edge') return ['--max-old-space-size=96', '--max-semi-space-size=4'];
  if (!['start', 'serve'].includes(command)) return [];
  /** @param {string} name */
  const said = (name) => {
    const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    return Number(
      at < 0 ? process.env[`YBA_${name.toUpperCase()}`] : (args[at].split('=')[1] ?? args[at + 1]),
    );
  };
  const memoryMb = Math.max(272, said('memory') || 512);
  // the parent of several workers serves nothing; it files messages and follows the feed
  const heapMb = said('workers') > 1 ? 160 : Math.floor(memoryMb * 0.42);
  return [
    `--max-old-space-size=${heapMb}`,
    '--max-semi-space-size=32',
    // nothing is made among what is old by a guess, and the whole heap is marked less often than V8 would by itself
    '--no-allocation-site-pretenuring',
    '--heap-growing-percent=200',
  ];
}

/**
 * A killed npm leaves its children running; the server would keep port and data folder.
 * @param {import('node:child_process').ChildProcess} child
 */
function followNpm(child) {
  if (!process.env.npm_lifecycle_event || platform() === 'win32') return undefined;
  const npm = npmPid();
  const look = () => {
    if (npmPid() !== npm) child.kill('SIGTERM');
  };
  return setInterval(look, platform() === 'linux' ? 500 : 2_000);
}

/** Our parent or, when that is the shell which npm runs its scripts in, the parent of that. */
function npmPid() {
  const { parent, command } = processAt(process.ppid);
  return /^\S*sh -c /.test(command) ? parent : process.ppid;
}

/** @param {number} pid @returns {{ parent: number, command: string }} */
function processAt(pid) {
  try {
    if (platform() !== 'linux') {
      const [parent, ...command] = execFileSync('ps', ['-o', 'ppid=,command=', '-p', String(pid)])
        .toString()
        .trim()
        .split(/\s+/);
      return { parent: Number(parent), command: command.join(' ') };
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), command };
  } catch {
    return { parent: 0, command: '' };
  }
}
