import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

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
    const file = join(this.#folder, `heads-${at.toISOString().slice(0, 7)}.jsonl`);
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  }
}

/** Reads one witness file, or all of a folder. Throws, naming file and line, when one cannot be read. */
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
    readFileSync(file, 'utf8')
      .split('\n')
      .forEach((text, n) => {
        if (text === '') return;
        const { key, checkpoint } = lineOf(text, `${file}, line ${n + 1}`);
        if (key) witnessed.keys.push(key);
        if (checkpoint) witnessed.checkpoints.push(checkpoint);
      });
  }
  return witnessed;
}

function lineOf(text: string, where: string): { key?: string; checkpoint?: string } {
  try {
    return JSON.parse(text) as { key?: string; checkpoint?: string };
  } catch (cause) {
    throw new Error(`The witness file cannot be read at ${where}.`, { cause });
  }
}
