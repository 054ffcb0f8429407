import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** One SHA-256 over the names and contents of the files that match, tests and what is built left out: changes when any of them does. */
export function sourcesDigest(patterns: readonly string[]): string {
  const hash = createHash('sha256');
  const files = globSync(patterns, {
    cwd: ROOT,
    exclude: (path) => /(^|\/)(node_modules|dist[^/]*)$|\.test\.tsx?$/.test(path),
  }).sort();
  for (const file of files) {
    const path = join(ROOT, file);
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}
