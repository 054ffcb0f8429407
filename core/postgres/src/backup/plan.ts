import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKey } from './backup-key.ts';
import type { BackupKey } from './backup-key.ts';
import { durable } from '../durable.ts';

/** Where a data folder's log is copied all the time, and the file of the key it is encrypted with. */
export type BackupPlan = { folder: string; keyFile?: string };

const planFile = (dataDir: string) => join(dataDir, 'backup-plan.json');

export function readPlan(dataDir: string): BackupPlan | undefined {
  const file = planFile(dataDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BackupPlan) : undefined;
}

export async function writePlan(dataDir: string, plan: BackupPlan): Promise<void> {
  await durable(planFile(dataDir), (draft) => writeFile(draft, `${JSON.stringify(plan, null, 2)}\n`));
}

/** The key of a plan, read when it is needed: it need not be on the machine while nothing is copied. */
export function keyOf({ keyFile }: BackupPlan): BackupKey | undefined {
  return keyFile ? readKey(keyFile) : undefined;
}
