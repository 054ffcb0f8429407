export { checkFile, type FileReport, type Source } from './check.ts';
export { checkEndpoint } from './endpoint/check-endpoint.ts';
export { type CheckOptions, nothingSeen, type Seen } from './options.ts';
export { reportHtml } from './report/html.ts';
export { reportParameters } from './report/parameters.ts';
export { passed, type Report, reportOn } from './report/report.ts';
export { reportText } from './report/text.ts';
export type { Language } from './report/words.ts';
export type { Severity } from './rules/rule.ts';
