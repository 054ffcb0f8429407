import type { Finding } from '../finding.ts';
import { ruleOf } from '../rules/index.ts';
import { passed, type Report } from './report.ts';
import { contentWords, type Language, WORDS } from './words.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (value: string) => value.replace(/[&<>"']/g, (character) => escapes[character]!);

const STYLE = `
body{font:15px/1.45 "Be Vietnam Pro",system-ui,sans-serif;color:#1c2430;max-width:1000px;margin:32px auto;padding:0 16px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:28px 0 8px;overflow-wrap:anywhere}p{margin:4px 0}
small,.other{color:#5a6675}.other{font-size:13px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:8px;border-top:1px solid #d7dde5}
td code{overflow-wrap:anywhere}
th{font-size:13px;color:#5a6675}.n{text-align:right;font-variant-numeric:tabular-nums}
.tag{display:inline-block;border-radius:4px;padding:1px 7px;font-size:12px;font-weight:600;border:1px solid}
.error{color:#a3211b}.warning{color:#8a5200}.information{color:#1f5f99}
.fix b{font-weight:600}
@media print{body{margin:0;max-width:none;font-size:11pt}tr{break-inside:avoid}h2{break-after:avoid}@page{size:A4;margin:15mm}}
@media(max-width:640px){thead{display:none}td{display:block;border:0;padding:2px 0}tr{display:block;border-top:1px solid #d7dde5;padding:8px 0}}`;

/** The report as a page that stands alone and prints on A4: the language asked for first, the other below it. */
export function reportHtml(report: Report, language: Language, { masked = true } = {}): string {
  const w = WORDS[language];
  const failed = report.rules.filter(({ errors, warnings }) => errors + warnings > 0);
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(w.title)}</title><style>${STYLE}</style></head><body>
<h1>${text(w.title)}</h1>
<p class="other">${text(WORDS[other(language)].title)} · ${text(report.at)}</p>
<p><b>${text(w.total(report.errors, report.warnings, report.information, report.files.length))}</b> · ${text(w.rules(passed(report), report.rules.length))}</p>
${masked ? `<p><small>${text(w.masked)}</small></p>` : ''}
${failed.length > 0 ? rulesTable(failed, language) : ''}
${report.unchecked.length > 0 ? uncheckedTable(report.unchecked, language) : ''}
${report.files.map((file) => fileSection(file, language)).join('\n')}
</body></html>
`;
}

const other = (language: Language): Language => (language === 'vi' ? 'en' : 'vi');

const twice = (words: { vi: string; en: string }, language: Language) =>
  `${text(words[language])}<div class="other" lang="${other(language)}">${text(words[other(language)])}</div>`;

function rulesTable(failed: Report['rules'], language: Language): string {
  const w = WORDS[language];
  const rows = failed.map(
    ({ id, rule, errors, warnings }) =>
      `<tr><td><code>${id}</code></td><td>${twice(rule.title, language)}</td><td>${source(rule.source)}</td><td class="n">${errors + warnings}</td></tr>`,
  );
  return `<h2>${text(w.failed)}</h2><table><thead><tr><th>${text(w.rule)}</th><th></th><th>${text(w.source)}</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function uncheckedTable(unchecked: Report['unchecked'], language: Language): string {
  const w = WORDS[language];
  const rows = unchecked.map(
    ({ id, title, source: from, count }) =>
      `<tr><td><code>${id}</code></td><td>${twice(title, language)}</td><td>${text(from)}</td><td class="n">${count}</td></tr>`,
  );
  return `<h2>${text(w.unchecked)}</h2><table><tbody>${rows.join('')}</tbody></table>`;
}

const source = ({ name, url }: { name: string; url?: string }) =>
  url ? `<a href="${text(url)}">${text(name)}</a>` : text(name);

function fileSection(
  { name, format, content, findings }: Report['files'][number],
  language: Language,
): string {
  const w = WORDS[language];
  const held = contentWords(content, language);
  const head = `<h2>${text(name)} · ${text(w.format[format])}${held ? ` · ${text(held)}` : ''}</h2>`;
  if (findings.length === 0) return `${head}<p>${text(format === 'unknown' ? w.unknown : w.clean)}</p>`;
  return `${head}<table><thead><tr><th></th><th>${text(w.place)}</th><th>${text(w.found)}</th><th>${text(w.fix)}</th></tr></thead><tbody>${findings.map((one) => findingRow(one, language)).join('')}</tbody></table>`;
}

function findingRow(one: Finding, language: Language): string {
  const w = WORDS[language];
  const { source: from } = ruleOf(one.rule);
  const line = one.line ? `<div class="other">${text(w.line(one.line, one.column))}</div>` : '';
  const more = one.more ? `<div class="other">${text(w.more(one.more))}</div>` : '';
  return `<tr><td><span class="tag ${one.severity}">${text(w.severity[one.severity])}</span></td><td><code>${text(one.path)}</code>${line}${more}</td><td>${twice(one.found, language)}</td><td class="fix"><b>${twice(one.fix, language)}</b><div class="other"><code>${one.rule}</code> · ${source(from)}</div></td></tr>`;
}
