import type { Command } from '../index.ts';
import { ConfigError } from '../../config.ts';

/** What a hospital does with its database, as `yba admin` lists it. */
export const ADMIN: Record<string, Command> = {
  backup: {
    summary: 'copies the database, running or not, and keeps its log: restorable to any moment',
    usage: 'FOLDER [--key FILE] [--keep N] [--once] [--check] [--data FOLDER]',
    run: async (args) => (await import('./backup.ts')).runBackup(args),
  },
  restore: {
    summary: 'makes a new data folder out of a backup, as it was at a moment',
    usage: 'FOLDER --data NEW-FOLDER [--to MOMENT] [--key FILE] [--by WHO]',
    run: async (args) => (await import('./restore.ts')).runRestore(args),
  },
  upgrade: {
    summary: 'brings the data of the previous release to this one; takes a backup first',
    usage: '[--backup FOLDER | --no-backup] [--data FOLDER]',
    run: async (args) => (await import('./upgrade.ts')).runUpgrade(args),
  },
  verify: {
    summary: 'reads everything that is stored and says what is not as it should be',
    usage: '[--by WHO] [--data FOLDER]',
    run: async (args) => (await import('./verify.ts')).runVerify(args),
  },
  reindex: {
    summary: 'brings search terms up to date with the search parameters in force',
    usage: '[--by WHO] [--data FOLDER]',
    run: async (args) => (await import('./reindex.ts')).runReindex(args),
  },
  repack: {
    summary: 'merges small pieces and puts charts in order: less disk, fewer reads',
    usage: '[--return-space] [--by WHO] [--data FOLDER]',
    run: async (args) => (await import('./repack.ts')).runRepack(args),
  },
  client: {
    summary:
      'registers the apps and systems that may ask for tokens, gives new secrets, shuts them out, lists them',
    usage: 'add | secret ID | off ID | list  [OPTIONS, see docs/clients.md] [--data FOLDER]',
    run: async (args) => (await import('./client.ts')).runClient(args),
  },
  source: {
    summary: 'names the hospitals that keep detail at home and are asked when somebody asks',
    usage:
      'add FACILITY --name N --address FHIR-BASE [--token-endpoint URL --client-id ID --client-secret-file FILE [--scope S]] | off FACILITY | list  [--data FOLDER]',
    run: async (args) => (await import('./source.ts')).runSource(args),
  },
  enrol: {
    summary: "issues the one-time code by which a hospital's edge agent registers itself",
    usage: '--facility CODE --facility-name N [--name N] [--hours N] [--data FOLDER]',
    run: async (args) => (await import('./enrol.ts')).runEnrol(args),
  },
  keys: {
    summary: 'makes new keys while servers run, or drops what a lost key sealed',
    usage: 'rotate | forget --yes  [--data FOLDER] [--secret-key FILE]',
    run: async (args) => (await import('./keys.ts')).runKeys(args),
  },
  account: {
    summary:
      'opens accounts of staff, adds or ends their work at a facility, enters licences, unlocks, resets how they sign in',
    usage:
      'create|add|end|unlock|reset|licence USERNAME --by WHO [--name N --role R --facility CODE --facility-name N] [--licence NUMBER --licence-scope TEXT --licence-from DAY --licence-until DAY --licence-withdrawn DAY] [--data FOLDER]',
    run: async (args) => (await import('./account.ts')).runAccount(args),
  },
  erase: {
    summary: 'removes a resource, or all of a person, by order of the law',
    usage: 'Type/ID | --person Patient/ID  --by WHO --reason WHY [--yes] [--data FOLDER]',
    run: async (args) => (await import('./erase.ts')).runErase(args),
  },
};

/** Runs the operation named first on the line; without one lists them. */
export async function runAdmin([name, ...args]: string[]): Promise<number> {
  const command = ADMIN[name ?? ''];
  if (command) return command.run(args);
  if (name && name !== 'help') throw new ConfigError(`"${name}" is not an operation. ${operations()}`);
  process.stdout.write(`${operations()}\n`);
  return 0;
}

function operations(): string {
  const rows = Object.entries(ADMIN).map(
    ([name, { usage, summary }]) => `  yba admin ${name} ${usage}\n      ${summary}`,
  );
  return ['Operations on the database (docs/operations.md):', ...rows].join('\n');
}
