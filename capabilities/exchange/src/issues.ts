import type { Issue, IssueType } from '@yba/fhir';
import type { Finding, Rule } from '@yba/vietnam/dossier';
import { extension } from '@yba/vietnam';

/** An OperationOutcome.issue that names the rule for machines and the remedy in both languages. */
export type RuleIssue = Issue & { details?: { coding: { system: string; code: string }[]; text: string } };

const codes: Partial<Record<Rule, IssueType>> = {
  required: 'required',
  length: 'too-long',
  code: 'code-invalid',
  'visit-key': 'business-rule',
  facility: 'forbidden',
  'order-of-times': 'business-rule',
  'person-number': 'business-rule',
  'repeated-field': 'structure',
  'repeated-table': 'structure',
  'unknown-field': 'structure',
  'unknown-table': 'structure',
  nesting: 'structure',
  root: 'structure',
  xml: 'structure',
  doctype: 'security',
  entity: 'security',
  mapping: 'processing',
};

/** The finding as an issue: `XML2[3].NGAY_YL`, its rule, its remedy. */
export function issueOf(found: Finding): RuleIssue {
  const row = found.row === undefined ? '' : `[${found.row}]`;
  const place = `${found.table}${row}${found.field ? `.${found.field}` : ''}`;
  return {
    severity: found.severity,
    code: codes[found.rule] ?? 'value',
    details: {
      coding: [
        { system: extension('dossier-rule').replace('StructureDefinition', 'CodeSystem'), code: found.rule },
      ],
      text: found.remedy.vi,
    },
    diagnostics: `${place}: ${found.remedy.vi} ${found.remedy.en}`,
    expression: [place],
  };
}
