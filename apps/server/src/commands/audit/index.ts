import { ConfigError } from '../../config.ts';
import type { Command } from '../index.ts';

/** What is done with the access log, as `yba audit` lists it. */
export const AUDIT: Record<string, Command> = {
  verify: {
    summary:
      'checks the access log against everything that was ever signed; names the first entry that is not as it was',
    usage: '[FILE] [--witness PATH] [--key VERIFIER] [--archive FILE,…] [--data FOLDER]',
    run: async (args) => (await import('./verify.ts')).runAuditVerify(args),
  },
  export: {
    summary:
      'writes the looks of a person or a period with their proofs, for whoever wants to check them elsewhere',
    usage: 'FILE --person Patient/ID | --from MOMENT --to MOMENT  [--by WHO] [--data FOLDER]',
    run: async (args) => (await import('./export.ts')).runAuditExport(args),
  },
  detach: {
    summary:
      'lets a month of the log go: written to a file with its proofs, verified, then taken out of the database',
    usage: 'MONTH FILE --by WHO [--archive FILE,…] [--data FOLDER]',
    run: async (args) => (await import('./detach.ts')).runAuditDetach(args),
  },
  rotate: {
    summary: 'puts a new signing key to use; the key before signs for it',
    usage: '[--by WHO] [--data FOLDER]',
    run: async (args) => (await import('./rotate.ts')).runAuditRotate(args),
  },
  'erase-reason': {
    summary: 'erases the typed reason of one look by order of the law; the tree holds',
    usage: 'AuditEvent/ID --by WHO --reason WHY [--data FOLDER]',
    run: async (args) => (await import('./erase-reason.ts')).runEraseReason(args),
  },
};

/** Runs the operation named first on the line; without one lists them. */
export async function runAudit([name, ...args]: string[]): Promise<number> {
  const command = AUDIT[name ?? ''];
  if (command) return command.run(args);
  if (name && name !== 'help') throw new ConfigError(`"${name}" is not an operation. ${operations()}`);
  process.stdout.write(`${operations()}\n`);
  return 0;
}

function operations(): string {
  const rows = Object.entries(AUDIT).map(
    ([name, { usage, summary }]) => `  yba audit ${name} ${usage}\n      ${summary}`,
  );
  return ['Operations on the access log (docs/audit-log.md):', ...rows].join('\n');
}
