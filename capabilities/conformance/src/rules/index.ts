import { dossierRules } from './dossier.ts';
import { endpointRules } from './endpoint.ts';
import { fhirRules } from './fhir.ts';
import { hl7Rules } from './hl7.ts';
import { listRules } from './lists.ts';
import type { Area, Rule, RuleId, Severity } from './rule.ts';
import { textRules } from './text.ts';

/** Every rule there is, by what it is about. */
export const RULES: Readonly<Record<Area, Readonly<Record<RuleId, Rule>>>> = {
  text: textRules,
  fhir: { ...fhirRules, ...listRules },
  xml: { ...dossierRules, ...listRules },
  hl7: hl7Rules,
  endpoint: endpointRules,
};

const all = new Map(Object.values(RULES).flatMap((rules) => Object.entries(rules)));

/** The rule of this id. Throws RangeError when there is none: rules are named by the kit alone. */
export function ruleOf(id: RuleId): Rule {
  const rule = all.get(id);
  if (!rule) throw new RangeError(`no rule ${id}`);
  return rule;
}

export const ruleSeverity = (id: RuleId): Severity => ruleOf(id).severity;
