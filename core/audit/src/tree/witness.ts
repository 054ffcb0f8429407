import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { folderToDiskNow } from '@yba/postgres';

/** What a witness file tells: public keys as they were put to use, and every head as it was signed. */
export type Witnessed = { keys: string[]; checkpoints: string[] };

/**
 * A folder outside the database that keeps every head, a file a month, a JSON line each: whoever rewrites the database
 * meets it there. Put it on another disk, or copy its files away.
 */
export class Witness {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  key(verifier: string, at: Date): void {
    this.#append({ key: verifier }, at);
  }

  head(checkpoint: string, at: Date): void {
    this.#append({ checkpoint }, at);
  }

  #append(line: object, at: Date): void {
    mkdirSync(this.#folder, { recursive: true });
    appendLine(join(this.#folder, `heads-${at.toISOString().slice(0, 7)}.jsonl`), JSON.stringify(line));
  }
}

/** No line is as long: the end of the last whole one is found within. */
const LINE_BYTES = 16 * 1024;

/**
 * Adds a line, on disk when it returns, whole or not at all. What an earlier writer left of a line, killed or out of room,
 * goes first: the next would be joined to it, and neither could be read.
 */
function appendLine(file: string, line: string): void {
  const handle = openSync(file, 'a+');
  try {
    const { size } = fstatSync(handle);
    const whole = wholeBytes(handle, size);
    if (whole < size) ftruncateSync(handle, whole); // only then: another process may just have added its line
    try {
      writeFileSync(handle, `${line}\n`);
      fsyncSync(handle);
      if (whole === 0) folderToDiskNow(dirname(file)); // a new month's file has its name on the disk too
    } catch (error) {
      ftruncateSync(handle, whole);
      throw error;
    }
  } finally {
    closeSync(handle);
  }
}

/** Where the last line that was written to its end ends. */
function wholeBytes(handle: number, size: number): number {
  const from = Math.max(0, size - LINE_BYTES);
  const end = Buffer.alloc(size - from);
  readSync(handle, end, 0, end.length, from);
  return from + end.lastIndexOf('\n') + 1;
}

/**
 * Reads one witness file, or all of a folder; what was left of a last line that was never finished is none. Throws, naming
 * file and line, when one cannot be read.
 */
export function readWitness(path: string): Witnessed {
  const witnessed: Witnessed = { keys: [], checkpoints: [] };
  if (!existsSync(path)) throw new Error(`There is no witness file or folder at ${path}.`);
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.jsonl'))
        .sort()
        .map((name) => join(path, name))
    : [path];
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n');
    if (!isJson(lines.at(-1)!)) lines.pop();
    lines.forEach((text, n) => {
      if (text === '') return;
      const { key, checkpoint } = lineOf(text, `${file}, line ${n + 1}`);
      if (key) witnessed.keys.push(key);
      if (checkpoint) witnessed.checkpoints.push(checkpoint);
    });
  }
  return witnessed;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function lineOf(text: string, where: string): { key?: string; checkpoint?: string } {
  try {
    return JSON.parse(text) as { key?: string; checkpoint?: string };
  } catch (cause) {
    throw new Error(`The witness file cannot be read at ${where}.`, { cause });
  }
}
