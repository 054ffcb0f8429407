import { flushCompileCache, registerHooks } from 'node:module';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';
import { scope } from './scope.ts';

const OF_A_FILE = new URL('node-test-of-a-file.ts', import.meta.url).href;

/**
 * Runs test files one after another in this process: they load the product once, and find its code compiled. Each
 * is a suite, named by its path from `root`, with its own `before` and `after`.
 */
export async function runTogether(root: string, files: readonly string[]): Promise<void> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'node:test' && context.parentURL !== OF_A_FILE
        ? { url: OF_A_FILE, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context),
  });
  for (const file of files) {
    const { promise: read, resolve } = Promise.withResolvers<void>();
    void describe(file, async () => {
      scope.open();
      try {
        await import(pathToFileURL(`${root}/${file}`).href);
      } finally {
        resolve();
      }
    });
    await read; // what the next file says at its top is not to be taken for this one's
    flushCompileCache(); // for the processes that start meanwhile, and if this one is killed
  }
}
