import { randomInt } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '@yba/fhir';

/** A facility's own software. */
export type DemoClient = { facility: string; name: string; clientId: string; clientSecret: string };

/** Somebody who can sign in. */
export type DemoPersona = {
  role: Role;
  username: string;
  password: string;
  name: string;
  facility?: string;
  facilityName?: string;
  /** Citizens: the person number, which is also their username at the imitation of VNeID. */
  nationalId?: string;
};

/** demo.json in the data folder: what people and scripts need to use the demonstration. */
export type DemoFile = {
  baseUrl: string;
  fhir: string;
  token: string;
  clients: DemoClient[];
  personas: DemoPersona[];
};

const path = (dataDir: string): string => join(dataDir, 'demo.json');

/** The file of this data folder; undefined when there is none that can be read. */
export async function readDemoFile(dataDir: string): Promise<DemoFile | undefined> {
  try {
    const file = JSON.parse(await readFile(path(dataDir), 'utf8')) as DemoFile;
    return Array.isArray(file.clients) && Array.isArray(file.personas) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Writes it whole or not at all, for its owner alone (mode 0600). */
export async function writeDemoFile(dataDir: string, file: DemoFile): Promise<void> {
  const draft = `${path(dataDir)}.${process.pid}.new`;
  await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path(dataDir));
}

/** Addresses of the server at this base. */
export const addressesAt = (baseUrl: string) => ({
  baseUrl,
  fhir: `${baseUrl}/fhir`,
  token: `${baseUrl}/oauth/token`,
});

const words = 'lua sen tre dua cam buoi gao muoi song nui bien may gio nang mua sao thuyen cau que vai'.split(
  ' ',
);

/** A password that is quick to type: `sen-nui-4821`. It guards invented data on this machine. */
export function easyPassword(): string {
  const word = () => words[randomInt(words.length)]!;
  return `${word()}-${word()}-${randomInt(1000, 10_000)}`;
}
