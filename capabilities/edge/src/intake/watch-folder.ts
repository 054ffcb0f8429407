import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OutcomeError } from '@yba/fhir';
import { syncFolder, writeDurably } from '../folder/data-folder.ts';

export type WatchOptions = {
  path: string;
  /** Names that are taken. */
  pattern: RegExp;
  /** Keeps the content of a file. Throws OutcomeError. */
  take(bytes: Buffer, name: string): Promise<unknown>;
  onError(error: unknown): void;
  everyMs?: number;
};

const TAKEN = 'da-nhan';
const REFUSED = 'khong-nhan';

/**
 * Takes the files of a folder as they come. A file is taken when its size and time stayed as they were from one look to the
 * next, so that half a file is never read; then it moves to `da-nhan`, or, with the reason beside it, to `khong-nhan`. A file
 * taken before a crash and found again is the same message. While there is no room files stay where they are.
 */
export function watchFolder({ path, pattern, take, onError, everyMs = 1_000 }: WatchOptions) {
  for (const folder of [path, join(path, TAKEN), join(path, REFUSED)]) mkdirSync(folder, { recursive: true });
  let seen = new Map<string, string>();
  let stopped = false;
  let stopResting = () => {};

  async function look(): Promise<void> {
    const now = new Map<string, string>();
    for (const name of readdirSync(path)
      .filter((each) => pattern.test(each))
      .sort()) {
      if (stopped) return;
      const { size, mtimeMs } = statSync(join(path, name));
      const stamp = `${size} ${mtimeMs}`;
      now.set(name, stamp);
      if (size > 0 && seen.get(name) === stamp) await takeFile(name);
    }
    seen = now;
  }

  async function takeFile(name: string): Promise<void> {
    const file = join(path, name);
    try {
      await take(readFileSync(file), name);
      move(file, join(path, TAKEN, name));
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      if (error.code === 'throttled') return; // stays until there is room
      writeDurably(
        join(path, REFUSED, `${name}.txt`),
        error.issues
          .map(({ diagnostics, expression }) => `${expression?.[0] ?? ''}\t${diagnostics}\n`)
          .join(''),
      );
      move(file, join(path, REFUSED, name));
    }
  }

  const running = (async () => {
    while (!stopped) {
      await look().catch(onError);
      await new Promise<void>((done) => {
        const timer = setTimeout(done, everyMs);
        stopResting = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  })();
  return {
    async stop() {
      stopped = true;
      stopResting();
      await running;
    },
  };
}

/** A name that is there already gets the moment added: another file of the same name came earlier. */
function move(from: string, to: string): void {
  renameSync(from, existsSync(to) ? `${to}.${Date.now()}` : to);
  syncFolder(join(to, '..'));
}
