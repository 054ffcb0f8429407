import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { PasswordCost } from '@yba/access';
import {
  CERTIFICATE_HEADERS,
  isAddressRange,
  SELF_SIGNED,
  type CertificateHeader,
  type TlsFiles,
} from '@yba/http';
import { SECRET_KEY_FILE } from '@yba/postgres';
import { leastMemoryMb, standardMemoryMb } from './serve/memory.ts';
import { SETTINGS } from './settings.ts';
import type { Setting, SettingName } from './settings.ts';

/** How a running server is set up; made once at start, passed on from there. */
export type Config = {
  /** Address to listen on. */
  host: string;
  /** TCP port; 0 = any free one. */
  port: number;
  /** Where browsers and hospitals reach the server; unless set `http://localhost:<port>`. */
  baseUrl: string | undefined;
  /** Absolute path of the folder for demo.json, keys and files; it exists. */
  dataDir: string;
  /** A running PostgreSQL. */
  databaseUrl: string;
  /** The file of the key that secrets in the database are sealed with; unless set `secret.key` in the data folder. */
  secretKeyFile?: string | undefined;
  /**
   * The demonstration nation to load the first time: persons and seed as said, else as it is there, else the
   * standard. Undefined = none, and no imitation of VNeID.
   */
  demo: { persons: number | undefined; seed: number | undefined } | undefined;
  /** The OpenID provider of VNeID. */
  vneid: { issuer: string; clientId: string; clientSecret: string } | undefined;
  /** Certificate and key to serve https with. */
  tls?: TlsFiles | undefined;
  /** A port in the clear that leads to https; none unless set. */
  httpPort?: number | undefined;
  /** Ranges of proxies whose forwarding headers are believed. */
  trustedProxies?: readonly string[];
  /** The header in which they carry the certificate of a client; none unless set. */
  certificateHeader?: CertificateHeader | undefined;
  /** Requests a minute that one system may make of all processes together; as many as they can carry unless set. */
  requestsPerMinute?: number | undefined;
  /** Who brings this token reads `/metrics` from elsewhere; this machine alone unless set. */
  metricsToken?: string | undefined;
  /** Ranges that may be called though they are not public: keys of clients, subscription endpoints. */
  outboundAllow?: readonly string[];
  logLevel: LogLevel;
  /** Folder that the signed heads of the access log are written to; `audit/heads` of the data folder unless said. */
  auditWitness?: string;
  /** Whether an update (PUT) of an unknown id creates it; yes unless said. */
  updateCreate?: boolean;
  /** How much work a hash of a password of staff costs; the standard of access unless said: tests alone ask for less. */
  passwordCost?: PasswordCost;
  /** Minutes without a hand on a screen of staff until it locks; 10 unless said. */
  idleLockMinutes?: number;
  /** The same of a citizen's book; 30 unless said. */
  citizenLockMinutes?: number;
  /** Folder of the built screens; undefined = no screens. */
  webRoot: string | undefined;
  /** How long received messages are kept; 90 days or 200 GiB of bodies, and what became of each for two years, unless said. */
  messages?: { bodyDays: number; bodyBytes: number; messageDays: number };
  /** Processes that serve HTTP; 1 unless said: this one. */
  workers?: number;
  /** Most memory that all processes of the server hold together, in MB. */
  memoryMb?: number;
};

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What the settings say, before data folder, database and screens are in place. */
export type Settings = Omit<Config, 'dataDir' | 'databaseUrl' | 'webRoot'> & {
  dataDir: string | undefined;
  databaseUrl: string | undefined;
};

export type Environment = Record<string, string | undefined>;
/** What a command takes when nothing is said. */
export type Standards = { demo: boolean; log: LogLevel };

/** A setting that cannot be used: which, what the rule is, how to mend it. */
export class ConfigError extends Error {}

/**
 * Reads the settings of a command line and environment, and checks them. Throws ConfigError.
 * `PGHOST` and the like are not read.
 */
export function readSettings(
  args: readonly string[],
  standards: Standards,
  env: Environment = process.env,
): Settings {
  const flags = readFlags(args);
  const text = (name: SettingName): string | undefined => {
    const setting: Setting = SETTINGS[name];
    const value = (setting.flag && flags[setting.flag]) ?? env[setting.env];
    return value === '' ? undefined : value;
  };
  const settings: Settings = {
    host: text('host') ?? SETTINGS.host.standard,
    port: whole('port', text('port') ?? SETTINGS.port.standard, 0, 65_535),
    baseUrl: baseUrl(text('baseUrl')),
    dataDir: text('data'),
    databaseUrl: databaseUrl(text('database')),
    secretKeyFile: text('secretKey'),
    demo: demo(text, standards.demo),
    vneid: vneid(text),
    ...wire(text),
    requestsPerMinute: text('rateLimit') ? whole('rateLimit', text('rateLimit')!, 60, 10_000_000) : undefined,
    ...metrics(text),
    updateCreate: choice('updateCreate', text('updateCreate') ?? 'on', ['on', 'off']) === 'on',
    idleLockMinutes: whole('idleLock', text('idleLock') ?? SETTINGS.idleLock.standard, 1, 240),
    citizenLockMinutes: whole('citizenLock', text('citizenLock') ?? SETTINGS.citizenLock.standard, 1, 240),
    ...processes(text),
    messages: retention(text),
    ...witness(text),
    logLevel: choice('log', text('log') ?? standards.log, ['debug', 'info', 'warn', 'error', 'silent']),
  };
  refusePublicDemo(settings);
  return settings;
}

/** A token that is guessed opens nothing but figures; it is long all the same. */
function metrics(text: (name: SettingName) => string | undefined): Pick<Config, 'metricsToken'> {
  const metricsToken = text('metricsToken');
  if (metricsToken !== undefined && !/^\S{20,}$/.test(metricsToken))
    throw new ConfigError(`YBA_METRICS_TOKEN needs ${SETTINGS.metricsToken.rule}.`);
  return metricsToken === undefined ? {} : { metricsToken };
}

function readFlags(args: readonly string[]): Record<string, string | undefined> {
  const names = Object.values(SETTINGS as Record<string, Setting>).flatMap(({ flag }) =>
    flag && flag !== 'demo' ? [flag] : [],
  );
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: { ...options, demo: { type: 'boolean' } },
    });
    const { demo: demoFlag, ...rest } = values as Record<string, string | boolean | undefined>;
    return {
      ...(rest as Record<string, string | undefined>),
      demo: demoFlag === undefined ? undefined : demoFlag ? 'on' : 'off',
    };
  } catch (cause) {
    throw new ConfigError(
      `${(cause as Error).message.split('. To specify')[0]}. "yba help" lists the options.`,
      { cause },
    );
  }
}

function refuse(name: SettingName, value: string): never {
  const setting: Setting = SETTINGS[name];
  const label = setting.flag ? `--${setting.flag} (or ${setting.env})` : setting.env;
  throw new ConfigError(`${label} must be ${setting.rule}, not "${value}".`);
}

function whole(name: SettingName, value: string, least: number, most: number): number {
  const number = Number(value);
  return /^\d+$/.test(value) && number >= least && number <= most ? number : refuse(name, value);
}

function choice<T extends string>(name: SettingName, value: string, choices: readonly T[]): T {
  return choices.find((one) => one === value) ?? refuse(name, value);
}

function baseUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash)
    return refuse('baseUrl', value);
  return url.origin;
}

/** The URL may hold a password: it is never repeated. */
function databaseUrl(value: string | undefined): string | undefined {
  if (value !== undefined && !/^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? ''))
    return refuse('database', '(hidden)');
  return value;
}

function wire(
  text: (name: SettingName) => string | undefined,
): Pick<Config, 'tls' | 'httpPort' | 'trustedProxies' | 'certificateHeader' | 'outboundAllow'> {
  const [certFile, keyFile, clientCa] = [text('tlsCert'), text('tlsKey'), text('tlsClientCa')];
  if (certFile && !keyFile) return refuse('tlsKey', '');
  if (keyFile && !certFile) return refuse('tlsCert', '');
  if (clientCa && !certFile) return refuse('tlsCert', '');
  const http = text('httpPort');
  if (http !== undefined && !certFile) return refuse('tlsCert', '');
  const trustedProxies = ranges('trustedProxy', text('trustedProxy'));
  const header = text('certificateHeader');
  if (header !== undefined && trustedProxies.length === 0) return refuse('trustedProxy', '');
  const atPath = (file: string | undefined) => (file && file !== SELF_SIGNED ? resolve(file) : file);
  return {
    tls:
      certFile && keyFile
        ? { certFile: resolve(certFile), keyFile: resolve(keyFile), clientCa: atPath(clientCa) }
        : undefined,
    httpPort: http === undefined ? undefined : whole('httpPort', http, 1, 65_535),
    trustedProxies,
    certificateHeader:
      header === undefined
        ? undefined
        : choice('certificateHeader', header.toLowerCase(), CERTIFICATE_HEADERS),
    outboundAllow: ranges('outboundAllow', text('outboundAllow')),
  };
}

function ranges(name: SettingName, value: string | undefined): string[] {
  const list = (value ?? '').split(/[\s,]+/).filter((part) => part !== '');
  for (const range of list) if (!isAddressRange(range)) return refuse(name, range);
  return list;
}

function processes(text: (name: SettingName) => string | undefined): { workers: number; memoryMb: number } {
  const workers = whole('workers', text('workers') ?? SETTINGS.workers.standard, 1, 64);
  const memory = text('memory') ?? String(standardMemoryMb(workers));
  return { workers, memoryMb: whole('memory', memory, leastMemoryMb(workers), 65_536) };
}

function retention(text: (name: SettingName) => string | undefined): NonNullable<Config['messages']> {
  const number = (name: 'messageBodyDays' | 'messageBodyGib' | 'messageDays', least: number, most: number) =>
    whole(name, text(name) ?? SETTINGS[name].standard, least, most);
  return {
    bodyDays: number('messageBodyDays', 1, 3650),
    bodyBytes: number('messageBodyGib', 1, 1_000_000) * 1024 ** 3,
    messageDays: number('messageDays', 90, 36_500),
  };
}

function witness(text: (name: SettingName) => string | undefined): { auditWitness?: string } {
  const folder = text('auditWitness');
  return folder === undefined ? {} : { auditWitness: resolve(folder) };
}

function demo(text: (name: SettingName) => string | undefined, standard: boolean): Config['demo'] {
  const [persons, seed] = [text('persons'), text('seed')];
  const on = choice('demo', text('demo') ?? (standard ? 'on' : 'off'), ['on', 'off']) === 'on';
  const nation = {
    persons: persons === undefined ? undefined : whole('persons', persons, 1, 1_000_000),
    seed: seed === undefined ? undefined : whole('seed', seed, 0, 4_294_967_295),
  };
  return on ? nation : undefined;
}

function vneid(text: (name: SettingName) => string | undefined): Config['vneid'] {
  const [issuer, clientId, clientSecret] = [text('vneidIssuer'), text('vneidClient'), text('vneidSecret')];
  if (issuer === undefined) return undefined;
  if (URL.parse(issuer)?.protocol !== 'https:') return refuse('vneidIssuer', issuer);
  if (!clientId) return refuse('vneidClient', '');
  if (!clientSecret) return refuse('vneidSecret', '');
  return { issuer, clientId, clientSecret };
}

/** Where the key of the secrets in the database lies. */
export function secretKeyFile({ secretKeyFile, dataDir }: Pick<Config, 'secretKeyFile' | 'dataDir'>): string {
  return resolve(secretKeyFile ?? join(dataDir, SECRET_KEY_FILE));
}

/** The demonstration's passwords are known to everybody. */
function refusePublicDemo({ demo: demoMode, host }: Settings): void {
  if (demoMode && !/^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)) {
    throw new ConfigError(
      `Demonstration mode has known passwords and runs on this machine only: --host must be 127.0.0.1, not "${host}". Leave --host away, or serve without the demonstration (yba serve).`,
    );
  }
}
