import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigError } from '../config.ts';
import { ROOT } from './root.ts';

/** Runs one measuring program of bench/, named first on the line; whole visits unless named. */
export async function runBench(line: string[]): Promise<number> {
  const [name, ...args] = line[0] && !line[0].startsWith('-') ? line : ['visits', ...line];
  const names = globSync('bench/src/*.ts', { cwd: ROOT, exclude: (path) => path.endsWith('.test.ts') })
    .map((file) => basename(file, '.ts'))
    .sort();
  if (!name || !names.includes(name))
    throw new ConfigError(`Which measurement? yba bench ${names.join(' | ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'bench', 'src', `${name}.ts`), ...args], {
      stdio: 'inherit',
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
