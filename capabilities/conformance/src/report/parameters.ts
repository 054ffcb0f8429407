import type { Finding } from '../finding.ts';
import { ruleOf } from '../rules/index.ts';
import { passed, type Report } from './report.ts';

const SYSTEM = 'https://yba.vn/fhir/CodeSystem/conformance-rule';
const EXTENSION = 'https://yba.vn/fhir/StructureDefinition/conformance-finding';

/** IssueType by area of the rule. Source: https://hl7.org/fhir/R4/valueset-issue-type.html */
function codeOf(rule: string): string {
  if (/required|missing/.test(rule)) return 'required';
  if (/code|unit|system/.test(rule)) return 'code-invalid';
  if (/structure|element|json|xml-xml|nesting|root|field|table/.test(rule)) return 'structure';
  if (/money|days|same|twice|orphan|order|facts|facility|scope|inside/.test(rule)) return 'business-rule';
  if (/invariant/.test(rule)) return 'invariant';
  return 'value';
}

/** A finding as an issue: the place, the rule with its source, what was found and the fix in both languages. */
function issueOf(one: Finding): object {
  const { source, title } = ruleOf(one.rule);
  const text = (url: string, valueString: string) => ({ url, valueString });
  return {
    severity: one.severity,
    code: codeOf(one.rule),
    details: {
      coding: [{ system: SYSTEM, code: one.rule, display: title.en }],
      text: `${one.found.vi} ${one.fix.vi}`,
    },
    diagnostics: `${one.found.en} ${one.fix.en}`,
    ...(one.path ? { expression: [one.path] } : {}),
    extension: [
      {
        url: EXTENSION,
        extension: [
          text('foundVi', one.found.vi),
          text('foundEn', one.found.en),
          text('fixVi', one.fix.vi),
          text('fixEn', one.fix.en),
          text('ruleVi', title.vi),
          text('source', source.name),
          ...(source.url ? [{ url: 'sourceUrl', valueUri: source.url }] : []),
          ...(one.line ? [{ url: 'line', valuePositiveInt: one.line }] : []),
          ...(one.column ? [{ url: 'column', valuePositiveInt: one.column }] : []),
          ...(one.more ? [{ url: 'more', valuePositiveInt: one.more }] : []),
        ],
      },
    ],
  };
}

/**
 * The report as a Parameters resource: figures, the rules that do not hold, and for each file its name, format, content
 * and an OperationOutcome. What docs/conform.md says of it.
 */
export function reportParameters(report: Report): {
  resourceType: 'Parameters';
  parameter: { name: string; [value: string]: unknown }[];
} {
  const whole = (name: string, valueInteger: number) => ({ name, valueInteger });
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'at', valueInstant: report.at },
      { name: 'passed', valueBoolean: report.errors === 0 && report.unread === 0 },
      whole('errors', report.errors),
      whole('warnings', report.warnings),
      whole('information', report.information),
      whole('rulesChecked', report.rules.length),
      whole('rulesPassed', passed(report)),
      ...report.rules
        .filter(({ errors, warnings }) => errors + warnings > 0)
        .map(({ id, rule, errors, warnings }) => ({
          name: 'rule',
          part: [
            { name: 'code', valueCode: id },
            { name: 'vi', valueString: rule.title.vi },
            { name: 'en', valueString: rule.title.en },
            { name: 'source', valueString: rule.source.name },
            whole('errors', errors),
            whole('warnings', warnings),
          ],
        })),
      ...report.unchecked.map(({ id, title, source, count }) => ({
        name: 'unchecked',
        part: [
          { name: 'code', valueCode: id },
          { name: 'vi', valueString: title.vi },
          { name: 'en', valueString: title.en },
          { name: 'source', valueString: source },
          whole('count', count),
        ],
      })),
      ...report.files.map(({ name, format, content, findings }) => ({
        name: 'file',
        part: [
          { name: 'name', valueString: name },
          { name: 'format', valueCode: format },
          ...Object.entries(content).map(([what, count]) => ({
            name: 'content',
            part: [{ name: 'what', valueString: what }, whole('count', count)],
          })),
          {
            name: 'outcome',
            resource: {
              resourceType: 'OperationOutcome',
              issue: findings.length > 0 ? findings.map(issueOf) : [allWell(format)],
            },
          },
        ],
      })),
    ],
  };
}

const allWell = (format: string) =>
  format === 'unknown'
    ? {
        severity: 'error',
        code: 'not-supported',
        diagnostics: 'Neither JSON, XML nor HL7 v2, so it could not be checked.',
        details: { text: 'Không phải JSON, XML hay HL7 v2 nên chưa kiểm được.' },
      }
    : {
        severity: 'information',
        code: 'informational',
        diagnostics: 'Nothing was found wrong.',
        details: { text: 'Không thấy gì sai.' },
      };
