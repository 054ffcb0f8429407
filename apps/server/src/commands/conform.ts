import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  checkEndpoint,
  checkFile,
  type CheckOptions,
  type FileReport,
  nothingSeen,
  readLists,
  reportHtml,
  reportOn,
  reportParameters,
  reportText,
  type Severity,
} from '@yba/conformance/checks';

/** What the exit code says. */
const CLEAN = 0;
const FOUND = 1;
const UNREADABLE = 2;

/** Files of a folder that are looked at, by the end of their names. */
const LOOKED_AT = /\.(json|ndjson|xml|hl7|er7|txt)(\.gz)?$/i;

const LEVELS: readonly Severity[] = ['error', 'warning', 'information'];

type Asked = {
  targets: string[];
  language: 'vi' | 'en';
  level: Severity;
  json: boolean;
  html: string | undefined;
  all: boolean;
  token: string | undefined;
  check: CheckOptions;
};

/**
 * `yba conform <url|file|folder|->`: says what is wrong with data before it is sent, offline, with the rule and a fix.
 * Exit code 0 when nothing is at or above the level, 1 when something is, 2 when something could not be read.
 */
export async function runConform(args: string[]): Promise<number> {
  const asked = read(args);
  if (typeof asked === 'string') return refuse(asked);
  const files: FileReport[] = [];
  const seen = nothingSeen();
  let unreadable = false;
  for (const target of asked.targets) {
    try {
      if (/^https?:\/\//.test(target)) files.push(await checkEndpoint(target, { token: asked.token }));
      else
        for await (const source of sourcesOf(target)) files.push(await checkFile(source, asked.check, seen));
    } catch (error) {
      unreadable = true;
      refuse(`${target}: ${wordsOf(error, asked.language)}`);
    }
  }
  const { language, level, all } = asked;
  const report = reportOn(files, { level, all });
  const masked = !asked.check.showValues;
  if (asked.html) writeFileSync(asked.html, reportHtml(report, language, { masked }));
  if (asked.json) process.stdout.write(`${JSON.stringify(reportParameters(report), null, 2)}\n`);
  else if (files.length > 0)
    process.stdout.write(
      reportText(report, language, { masked, colours: process.stdout.isTTY && process.stdout.hasColors() }),
    );
  if (unreadable || report.unread > 0) return UNREADABLE;
  return report.files.some(({ findings }) => findings.length > 0) ? FOUND : CLEAN;
}

function read(args: string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        lang: { type: 'string', default: 'vi' },
        level: { type: 'string', default: 'warning' },
        json: { type: 'boolean', default: false },
        html: { type: 'string' },
        all: { type: 'boolean', default: false },
        'show-values': { type: 'boolean', default: false },
        facility: { type: 'string' },
        'token-file': { type: 'string' },
        lists: { type: 'string' },
      },
    });
    const { lang, level, json, html, all, facility } = values;
    if (positionals.length === 0) return 'Kiểm gì? What is to be checked? yba conform <url|file|folder|->';
    if (lang !== 'vi' && lang !== 'en') return `--lang: vi | en, không phải “${lang}”`;
    const known = LEVELS.find((one) => one === level);
    if (!known) return `--level: ${LEVELS.join(' | ')}, không phải “${level}”`;
    if (facility !== undefined && !/^\d{2}[0-9A-Z]{3}$/.test(facility))
      return '--facility: mã 5 ký tự, ví dụ 27001';
    return {
      token: values['token-file'] ? readFileSync(values['token-file'], 'utf8').trim() : undefined,
      targets: positionals,
      language: lang,
      level: known,
      json,
      html,
      all,
      check: {
        facility,
        showValues: values['show-values'],
        ...(values.lists ? { lists: readLists(values.lists) } : {}),
      },
    };
  } catch (error) {
    return (error as Error).message;
  }
}

function refuse(words: string): number {
  process.stderr.write(`${words}\n`);
  return UNREADABLE;
}

type Source = { name: string; bytes: Uint8Array };

async function* sourcesOf(target: string): AsyncIterable<Source> {
  if (target === '-') return yield { name: '-', bytes: await buffer(process.stdin) };
  if (!statSync(target).isDirectory()) return yield { name: target, bytes: readFileSync(target) };
  const names = (await Array.fromAsync(glob('**/*', { cwd: target })))
    .filter((name) => LOOKED_AT.test(name))
    .sort();
  const files = names.filter((name) => statSync(join(target, name)).isFile());
  if (files.length === 0) throw new NothingThere();
  for (const name of files)
    yield { name: join(target, name), bytes: await buffer(createReadStream(join(target, name))) };
}

class NothingThere extends Error {}

function wordsOf(error: unknown, language: 'vi' | 'en'): string {
  if (error instanceof NothingThere)
    return language === 'vi'
      ? 'thư mục không có tệp .json, .ndjson, .xml, .hl7 nào.'
      : 'no .json, .ndjson, .xml or .hl7 file in this folder.';
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT')
    return language === 'vi' ? 'không có tệp hay thư mục này.' : 'there is no such file or folder.';
  if (code === 'EACCES') return language === 'vi' ? 'không có quyền đọc.' : 'may not be read.';
  return message;
}
