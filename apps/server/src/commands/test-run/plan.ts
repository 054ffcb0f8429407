import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Those that take longest on two cores, longest first; they begin the run, and what is short fills the gaps at its end. */
const LONG = [
  'apps/server/src/fuzz/fuzz.test.ts',
  'apps/server/src/kill.test.ts',
  'apps/server/src/commands/admin/admin.test.ts',
  'apps/web/src/clinic/clinic.test.ts',
  'apps/server/src/adversary/adversary.test.ts',
  'apps/server/src/commands/audit/audit.test.ts',
  'apps/web/src/clinic/live-sources.test.ts',
  'apps/server/src/examples.test.ts',
  'apps/server/src/adversary/every-route.test.ts',
];

/** What changes its process, by the environment or the profiles it knows, or starts others. */
const APART =
  /node:child_process|serverProcess|startEmbedded|process\.env(\.\w+|\['\w+'\]) = |add(Profiles|Terminology)\(/;

/** Files that share a process: enough that loading the product costs little, few enough that both cores end together. */
const TOGETHER = 10;

/** Which files run in one process each, in the order they begin; paths from `root`. */
export function planOf(root: string, files: readonly string[]): string[][] {
  const long = LONG.filter((file) => files.includes(file));
  const others = files.filter((file) => !long.includes(file));
  const apart = others.filter((file) => APART.test(readFileSync(join(root, file), 'utf8')));
  const short = others.filter((file) => !apart.includes(file));
  const together = Array.from({ length: Math.ceil(short.length / TOGETHER) }, (_, n) =>
    short.slice(n * TOGETHER, (n + 1) * TOGETHER),
  );
  return [...[...long, ...apart].map((file) => [file]), ...together];
}

/** Writes into a folder the programs that run a plan; their paths, in its order. */
export function writePlan(root: string, folder: string, plan: readonly (readonly string[])[]): string[] {
  const [hooks, runner] = ['unfollowed-promises.ts', 'together.ts'].map((name) =>
    JSON.stringify(pathToFileURL(join(import.meta.dirname, name)).href),
  );
  return plan.map((files, n) => {
    const program = join(folder, `${String(n + 1).padStart(3, '0')}.mjs`);
    writeFileSync(
      program,
      `import ${hooks};
const { runTogether } = await import(${runner});
await runTogether(${JSON.stringify(root)}, ${JSON.stringify(files)});
`,
    );
    return program;
  });
}
