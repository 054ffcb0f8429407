import { styleText } from 'node:util';
import type { Finding } from '../finding.ts';
import { ruleOf } from '../rules/index.ts';
import type { Severity } from '../rules/rule.ts';
import { passed, type Report } from './report.ts';
import { contentWords, type Language, WORDS } from './words.ts';

const COLOURS = { error: 'red', warning: 'yellow', information: 'blue' } as const satisfies Record<
  Severity,
  string
>;

/** The report for people at a terminal; `colours` for one that shows them. */
export function reportText(
  report: Report,
  language: Language,
  { colours = false, masked = true } = {},
): string {
  const w = WORDS[language];
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const lines = report.files.flatMap(({ name, format, content, findings }) => {
    const held = contentWords(content, language);
    return [
      paint('bold', `${name} · ${w.format[format]}${held ? ` · ${held}` : ''}`),
      ...(format === 'unknown'
        ? [`  ${w.unknown}`]
        : findings.length === 0
          ? [`  ${w.clean}`]
          : findings.flatMap((one) => findingLines(one, language, paint))),
      '',
    ];
  });
  const failed = report.rules.filter(({ errors, warnings }) => errors + warnings > 0);
  return [
    ...lines,
    ...(failed.length > 0
      ? [
          `${w.failed}:`,
          ...failed.map(
            ({ id, rule, errors, warnings }) =>
              `  ${String(errors + warnings).padStart(4)}  ${id}  ${rule.title[language]}`,
          ),
          '',
        ]
      : []),
    ...(report.unchecked.length > 0
      ? [
          `${w.unchecked}:`,
          ...report.unchecked.map(
            ({ id, title, source, count }) =>
              `  ${String(count).padStart(4)}  ${id}  ${title[language]} (${source})`,
          ),
          '',
        ]
      : []),
    paint(
      'bold',
      `${w.total(report.errors, report.warnings, report.information, report.files.length)} · ${w.rules(passed(report), report.rules.length)}`,
    ),
    ...(masked && report.errors + report.warnings > 0 ? [w.masked] : []),
    '',
  ].join('\n');
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

function findingLines(one: Finding, language: Language, paint: Paint): string[] {
  const w = WORDS[language];
  const rule = ruleOf(one.rule);
  const where = [one.path, one.line ? w.line(one.line, one.column) : '']
    .filter((part) => part !== '')
    .join('  ');
  const pad = '      ';
  return [
    `  ${paint(COLOURS[one.severity], w.severity[one.severity])}  ${paint('bold', where)}`,
    `${pad}${one.found[language]}`,
    `${pad}${w.fix}: ${one.fix[language]}`,
    paint('dim', `${pad}${w.rule}: ${one.rule} · ${rule.title[language]} (${rule.source.name})`),
    ...(one.more ? [`${pad}${w.more(one.more)}`] : []),
  ];
}
