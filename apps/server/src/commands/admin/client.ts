import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  certificateKeys,
  deactivateClient,
  listClients,
  registerClient,
  rotateClientSecret,
  type ClientProof,
} from '@yba/access';
import { ConfigError } from '../../config.ts';
import { progressOn } from '../../progress.ts';
import { withDatabase, type Opened } from './open-database.ts';
import { readLine, type Line } from './options.ts';
import { say } from './words.ts';

const FLAGS = {
  id: 'text',
  name: 'text',
  facility: 'text',
  'facility-name': 'text',
  scope: 'text',
  redirect: 'text',
  launch: 'text',
  for: 'text',
  jwks: 'text',
  'jwks-uri': 'text',
  certificate: 'text',
  'certificate-subject': 'text',
  public: 'switch',
} as const;

/** `yba admin client`: who may ask this server for tokens. */
export async function runClient(args: string[]): Promise<number> {
  const line = readLine(args, FLAGS);
  const [what, id] = line.named;
  const work = WORK[what ?? ''];
  if (!work)
    throw new ConfigError('What? yba admin client add …, secret ID, off ID, or list (docs/clients.md)');
  return withDatabase(line, progressOn(process.stderr), (opened) => work(opened, line, id));
}

type Work = (opened: Opened, line: Line, id: string | undefined) => Promise<number>;

const WORK: Readonly<Record<string, Work>> = {
  async add({ owner }, line) {
    const { name, facility, scope, redirect, launch } = line.text;
    if (!name)
      throw new ConfigError('What is it called? --name "HIS Bạch Mai": citizens read it as who looked');
    const redirectUris = redirect?.split(',').map((uri) => uri.trim()) ?? [];
    const { clientId, clientSecret } = await registerClient(owner, {
      name,
      ...(line.text['id'] ? { id: line.text['id'] } : {}),
      ...(facility ? { facility, facilityName: line.text['facility-name'] ?? facility } : {}),
      scope:
        scope ??
        (redirectUris.length > 0 ? 'openid fhirUser launch launch/patient patient/*.rs' : 'system/*.cruds'),
      proof: proofOf(line),
      ...(redirectUris.length > 0 ? { redirectUris } : {}),
      ...(launch ? { launchUri: launch } : {}),
      ...(line.text['for'] ? { door: doorOf(line.text['for']) } : {}),
    });
    say(
      `Registered ${name}`,
      `  client id      ${clientId}`,
      ...(clientSecret
        ? [`  client secret  ${clientSecret}`, '  it is shown this once, and kept here as a hash']
        : []),
    );
    return 0;
  },
  async secret({ owner }, _line, id) {
    const secret = await rotateClientSecret(owner, named(id));
    say(
      `New secret of ${id}: ${secret}`,
      '  the one before opens nothing any more; tokens that it got go on until they end',
    );
    return 0;
  },
  async off({ owner }, _line, id) {
    await deactivateClient(owner, named(id));
    say(`${id} is shut out: it gets no tokens, and those it has stop within seconds.`);
    return 0;
  },
  async list({ owner }) {
    const clients = await listClients(owner);
    const rows = clients.map(({ id, name, facility, method, scope, active }) =>
      [
        active ? 'on ' : 'off',
        id.padEnd(24),
        (facility ?? '-').padEnd(5),
        method.padEnd(27),
        name,
        `(${scope})`,
      ].join('  '),
    );
    say(...(rows.length > 0 ? rows : ['No client is registered yet: yba admin client add --name …']));
    return 0;
  },
};

function named(id: string | undefined): string {
  if (!id) throw new ConfigError('Which client? Its id stands in: yba admin client list');
  return id;
}

function doorOf(text: string): 'clinic' | 'book' {
  if (text === 'staff') return 'clinic';
  if (text === 'citizens') return 'book';
  throw new ConfigError(`--for is staff or citizens, not "${text}".`);
}

/** One way to prove itself: a key, a certificate, none, else a secret that is made for it. */
function proofOf({ text, on }: Line): ClientProof {
  const ways: ClientProof[] = [
    ...(text['jwks'] ? [{ method: 'private_key_jwt' as const, keys: { jwks: jsonOf(text['jwks']) } }] : []),
    ...(text['jwks-uri']
      ? [{ method: 'private_key_jwt' as const, keys: { jwksUri: text['jwks-uri'] } }]
      : []),
    ...(text['certificate']
      ? [
          {
            method: 'self_signed_tls_client_auth' as const,
            keys: certificateKeys(contentOf(text['certificate'])),
          },
        ]
      : []),
    ...(text['certificate-subject']
      ? [{ method: 'tls_client_auth' as const, subject: text['certificate-subject'] }]
      : []),
    ...(on['public'] ? [{ method: 'none' as const }] : []),
  ];
  if (ways.length > 1)
    throw new ConfigError(
      'One way to prove itself: --jwks, --jwks-uri, --certificate, --certificate-subject or --public.',
    );
  return ways[0] ?? { method: 'client_secret_basic' };
}

function jsonOf(file: string): never {
  try {
    return JSON.parse(contentOf(file)) as never;
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${file} holds no JSON Web Key Set.`, { cause });
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read.`, { cause });
  }
}
