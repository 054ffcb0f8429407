import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deactivateSource, listSources, registerSource, type LiveSource } from '@yba/exchange';
import { openSecrets } from '@yba/postgres';
import { isFacilityCode } from '@yba/vietnam';
import { ConfigError } from '../../config.ts';
import { progressOn } from '../../progress.ts';
import { withDatabase, type Opened } from './open-database.ts';
import { readLine, type Line } from './options.ts';
import { say } from './words.ts';

const FLAGS = {
  name: 'text',
  address: 'text',
  'token-endpoint': 'text',
  'client-id': 'text',
  'client-secret-file': 'text',
  scope: 'text',
} as const;

/** `yba admin source`: hospitals that keep detail at home and are asked when somebody asks. */
export async function runSource(args: string[]): Promise<number> {
  const line = readLine(args, FLAGS);
  const [what, facility] = line.named;
  const work = WORK[what ?? ''];
  if (!work)
    throw new ConfigError(
      'What? yba admin source add FACILITY …, off FACILITY, or list (docs/live-sources.md)',
    );
  return withDatabase(line, progressOn(process.stderr), (opened) => work(opened, line, facility));
}

type Work = (opened: Opened, line: Line, facility: string | undefined) => Promise<number>;

const WORK: Readonly<Record<string, Work>> = {
  async add({ owner }, line, facility) {
    const source = sourceOf(line, named(facility));
    await registerSource(owner, await openSecrets(owner, line.secretKeyFile), source);
    say(
      `${source.name} (${source.facility}) is asked at ${source.base}`,
      source.client
        ? `  with tokens it gives to ${source.client.id}; the secret lies sealed`
        : '  it knows us by the token of each question, which it checks by our /oauth/jwks',
      '  running servers take it up at once',
    );
    return 0;
  },
  async off({ owner }, _line, facility) {
    const code = named(facility);
    if (!(await deactivateSource(owner, code)))
      throw new ConfigError(`${code} is not asked. yba admin source list`);
    say(`${code} is asked no more; answers no longer name it.`);
    return 0;
  },
  async list({ owner }) {
    const sources = await listSources(owner);
    const rows = sources.map(({ facility, name, base, active, told }) =>
      [
        active ? 'on ' : 'off',
        facility,
        told ? `told ${told.toISOString()}` : 'told nothing yet',
        base,
        name,
      ].join('  '),
    );
    say(
      ...(rows.length > 0
        ? rows
        : ['No hospital is asked live yet: yba admin source add FACILITY --name … --address …']),
    );
    return 0;
  },
};

function named(facility: string | undefined): string {
  if (facility && isFacilityCode(facility)) return facility;
  throw new ConfigError('Which facility? Its 5-character code: yba admin source add 27001 …');
}

function sourceOf({ text }: Line, facility: string): LiveSource {
  const { name, address, scope } = text;
  if (!name || !address)
    throw new ConfigError(
      'What is it called, and where is its FHIR base? --name "BV Bắc Ninh" --address https://…/fhir',
    );
  const [tokenEndpoint, id, file] = [text['token-endpoint'], text['client-id'], text['client-secret-file']];
  const base = { facility, name, base: addressOf('address', address) };
  if (!tokenEndpoint && !id && !file) return base;
  if (!tokenEndpoint || !id || !file)
    throw new ConfigError(
      '--token-endpoint, --client-id and --client-secret-file belong together; without all three it knows us by our own token.',
    );
  return {
    ...base,
    client: {
      tokenEndpoint: addressOf('token-endpoint', tokenEndpoint),
      id,
      secret: contentOf(file),
      ...(scope ? { scope } : {}),
    },
  };
}

function addressOf(flag: string, text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash)
    return url.href.replace(/\/$/, '');
  throw new ConfigError(`--${flag} takes an address such as https://his.benhvien.vn/fhir, not "${text}".`);
}

/** A secret on the command line would stand in the shell's history. */
function contentOf(file: string): string {
  try {
    const secret = readFileSync(resolve(file), 'utf8').trim();
    if (secret) return secret;
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read.`, { cause });
  }
  throw new ConfigError(`${file} is empty; it holds the client secret and nothing else.`);
}
