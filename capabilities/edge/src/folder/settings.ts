import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { readJson, writeDurably } from './data-folder.ts';
import { KEY_FILE } from './seal.ts';

/** Where an edge listens for the hospital's systems, and how much it keeps: `edge.json` of its data folder. */
export type Settings = {
  /** Status page, FHIR and XML; who may hand over messages by it. */
  http: Address & {
    signIn: 'required' | 'none';
    /** Names by which browsers of the hospital may call it, beside addresses and the machine's own. */
    names: readonly string[];
  };
  /** HL7 v2 over MLLP. */
  mllp: Address[];
  folders: Folder[];
  /** Systems of the codes that HL7 v2 messages name, by the name in the message: `{ "L": "https://…" }`. */
  codeSystems: Record<string, string>;
  outbox: { limitMb: number; reserveMb: number; keepDays: number; keepBodiesDays: number };
  twin: { on: boolean; keepDays: number; fetchMinutes: number };
  /** The key file of what is kept about patients. */
  secretKey: string;
};

/**
 * Where something listens. With `tlsCert` and `tlsKey` by TLS; `clientCa` names the authority of the certificates that
 * senders show: of MLLP each has to, by HTTP it is one way to sign in.
 */
export type Address = { host: string; port: number; tlsCert?: string; tlsKey?: string; clientCa?: string };

/** A folder that is watched: national XML dossiers, or tables read by a mapping. */
export type Folder = { path: string; kind: 'xml' | 'csv'; mapping?: string };

const STANDARD: Settings = {
  http: { host: '127.0.0.1', port: 8180, signIn: 'none', names: [] },
  mllp: [],
  folders: [],
  codeSystems: {},
  outbox: { limitMb: 20_000, reserveMb: 500, keepDays: 90, keepBodiesDays: 14 },
  twin: { on: true, keepDays: 30, fetchMinutes: 10 },
  secretKey: KEY_FILE,
};

/** The settings of a data folder, written with the standard ones the first time. Throws Error naming file, place and rule. */
export function readSettings(folder: string): Settings {
  const file = join(folder, 'edge.json');
  if (!existsSync(file)) writeDurably(file, `${JSON.stringify(STANDARD, null, 2)}\n`);
  return checkSettings(readJson(file), file, folder);
}

/** Checks what was read; paths are taken from the folder. */
export function checkSettings(read: unknown, file: string, folder: string): Settings {
  const said = object(read, 'edge.json');
  const fail = (place: string, rule: string): never => {
    throw new Error(`${file}: ${place} ${rule}`);
  };
  function object(value: unknown, place: string): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return fail(place, 'must be an object {…}');
    return value as Record<string, unknown>;
  }
  const known = (value: Record<string, unknown>, names: readonly string[], place: string) => {
    for (const name of Object.keys(value))
      if (!names.includes(name)) fail(`${place}${name}`, `is not a setting. Known are: ${names.join(', ')}`);
  };
  const list = (value: unknown, place: string): unknown[] =>
    value === undefined ? [] : Array.isArray(value) ? value : fail(place, 'must be a list […]');
  const text = (value: unknown, place: string): string =>
    typeof value === 'string' && value !== '' ? value : fail(place, 'must be a text');
  const number = (value: unknown, place: string, least: number, most: number): number =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : fail(place, `must be a whole number from ${least} to ${most}`);
  const path = (value: unknown, place: string): string => {
    const name = text(value, place);
    return isAbsolute(name) ? name : resolve(folder, name);
  };
  /** An address with its files for TLS; `more` are its other settings. */
  const listener = (
    value: unknown,
    place: string,
    standard: { host: string; port?: number },
    more: string[] = [],
  ): Address & { one: Record<string, unknown> } => {
    const one = object(value, place);
    known(one, ['host', 'port', 'tlsCert', 'tlsKey', 'clientCa', ...more], `${place}.`);
    if ((one['tlsCert'] === undefined) !== (one['tlsKey'] === undefined))
      fail(place, 'needs tlsCert and tlsKey together');
    if (one['clientCa'] !== undefined && one['tlsCert'] === undefined)
      fail(`${place}.clientCa`, 'needs tlsCert and tlsKey: certificates are shown over TLS alone');
    const files = ['tlsCert', 'tlsKey', 'clientCa'].filter((name) => one[name] !== undefined);
    return {
      one,
      host: one['host'] === undefined ? standard.host : text(one['host'], `${place}.host`),
      port: number(one['port'] ?? standard.port, `${place}.port`, 0, 65_535),
      ...Object.fromEntries(files.map((name) => [name, path(one[name], `${place}.${name}`)])),
    };
  };

  known(said, Object.keys(STANDARD), '');
  const { one: http, ...address } = listener(said['http'] ?? {}, 'http', STANDARD.http, ['signIn', 'names']);
  const isOwn = isLoopback(address.host);
  const signIn = http['signIn'] ?? (isOwn ? 'none' : 'required');
  if (signIn !== 'required' && signIn !== 'none') return fail('http.signIn', 'must be "required" or "none"');
  if (signIn === 'none' && !isOwn)
    fail('http.signIn', 'may be "none" on the loopback address alone: other machines sign in');
  const outbox = { ...STANDARD.outbox, ...object(said['outbox'] ?? {}, 'outbox') };
  known(outbox, Object.keys(STANDARD.outbox), 'outbox.');
  const twin = { ...STANDARD.twin, ...object(said['twin'] ?? {}, 'twin') };
  known(twin, Object.keys(STANDARD.twin), 'twin.');
  if (typeof twin.on !== 'boolean') fail('twin.on', 'must be true or false');
  const codeSystems = object(said['codeSystems'] ?? {}, 'codeSystems');
  for (const [name, uri] of Object.entries(codeSystems))
    if (typeof uri !== 'string' || !URL.canParse(uri)) fail(`codeSystems.${name}`, 'must be a URI');

  return {
    http: {
      ...address,
      signIn,
      names: list(http['names'], 'http.names').map((each, at) => text(each, `http.names[${at}]`)),
    },
    mllp: list(said['mllp'], 'mllp').map((each, at) => {
      const { one: _, ...place } = listener(each, `mllp[${at}]`, { host: '127.0.0.1' });
      return place;
    }),
    folders: list(said['folders'], 'folders').map((each, at) => {
      const one = object(each, `folders[${at}]`);
      known(one, ['path', 'kind', 'mapping'], `folders[${at}].`);
      const kind = one['kind'];
      if (kind !== 'xml' && kind !== 'csv') return fail(`folders[${at}].kind`, 'must be "xml" or "csv"');
      if ((kind === 'csv') !== (one['mapping'] !== undefined))
        fail(`folders[${at}].mapping`, 'names the mapping file of a folder of kind "csv", and of none other');
      return {
        path: path(one['path'], `folders[${at}].path`),
        kind,
        ...(kind === 'csv' ? { mapping: path(one['mapping'], `folders[${at}].mapping`) } : {}),
      };
    }),
    codeSystems: codeSystems as Record<string, string>,
    outbox: {
      limitMb: number(outbox.limitMb, 'outbox.limitMb', 1, 10_000_000),
      reserveMb: number(outbox.reserveMb, 'outbox.reserveMb', 0, 10_000_000),
      keepDays: number(outbox.keepDays, 'outbox.keepDays', 1, 3650),
      keepBodiesDays: number(outbox.keepBodiesDays, 'outbox.keepBodiesDays', 0, 3650),
    },
    twin: {
      on: twin.on,
      keepDays: number(twin.keepDays, 'twin.keepDays', 1, 365),
      fetchMinutes: number(twin.fetchMinutes, 'twin.fetchMinutes', 0, 1440),
    },
    secretKey: path(said['secretKey'] ?? STANDARD.secretKey, 'secretKey'),
  };
}

/** Whether only programs of this machine reach an address. */
const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.');
