import { type Bound, model } from '../model/model.ts';
import type { ProfileSource } from '../profile/profile-source.ts';
import { expand, valueSetHas } from '../terminology/index.ts';
import type { IssueType } from '../outcome.ts';
import { shown } from './run.ts';

/** What a further rule finds in a value that is well formed; `child` is the part it speaks of, when not the whole. */
export type Finding = { severity: 'error' | 'warning'; code: IssueType; why: string; child?: string };

type Coding = { system?: string; code?: string };
type Coded = { system: string | undefined; code: string };

/** Whether a value set has a code; undefined when that cannot be said here. */
type Membership = (system: string | undefined, code: string) => boolean | undefined;

/** Checks the codes of a value against a binding; undefined when nothing is to be said. */
export type BindingCheck = (value: unknown, source: ProfileSource | undefined) => Finding | undefined;

const stringTypes = new Set(['code', 'string', 'uri', 'url', 'canonical', 'id', 'oid', 'markdown']);

/**
 * The check of a binding on a type that can be bound; undefined for other types and strengths that bind nothing.
 * A code outside of a required set, or of the outer limit of any set, is an error; outside of an extensible set a
 * warning, since another code is right only where the set has none that fits. A concept given as text alone is
 * the allowed way out of a set that is not required. A code that cannot be told to be in a set that must be kept to is a
 * warning where `tellsUnknown`. Source: https://hl7.org/fhir/R4/terminologies.html#strength
 */
export function bindingCheck(
  { strength, valueSet, max }: { strength: string; valueSet?: string; max?: string },
  type: string,
  tellsUnknown = false,
): BindingCheck | undefined {
  const limits: { set: string; severity: Finding['severity']; required: boolean }[] = [];
  if (valueSet && (strength === 'required' || strength === 'extensible'))
    limits.push({
      set: valueSet,
      severity: strength === 'required' ? 'error' : 'warning',
      required: strength === 'required',
    });
  // the outer limit is a required binding over an extensible one; of a preferred one text alone stays possible
  if (max) limits.unshift({ set: max, severity: 'error', required: strength === 'extensible' });
  const judge = judges[stringTypes.has(type) ? 'code' : type];
  if (limits.length === 0 || !judge) return undefined;
  const checks = limits.map(({ set, severity, required }) => ({
    member: membership(set),
    set,
    severity,
    required,
  }));
  return (value, source) => {
    if (value === null) return undefined; // that it is no value is told where its type is checked
    for (const { member, set, severity, required } of checks) {
      let isUnknown = false;
      const has: Membership = (system, code) => {
        const verdict = member(system, code, source);
        isUnknown ||= verdict === undefined;
        return verdict;
      };
      const fault = judge(value, has, required);
      if (!fault && isUnknown && tellsUnknown && severity === 'error')
        return {
          severity: 'warning',
          code: 'not-found',
          why: `was not checked against ${set}, which is not known here with all its codes.`,
        };
      if (fault) {
        const { coding } = fault;
        const isElsewhere = severity === 'error' && coding && member(undefined, coding.code, source) === true;
        const hint = isElsewhere ? otherSystem(coding, set, source) : `.${advice(set, severity, source)}`;
        return {
          severity,
          code: 'code-invalid',
          why: `${fault.says} ${set.split('|')[0]}${hint}`,
          ...(fault.child ? { child: fault.child } : {}),
        };
      }
    }
    return undefined;
  };
}

/** `coding` is the one at fault, which may only lack the right system. */
type Fault = { says: string; child?: string; coding?: Coded };

/** FHIRPath's own types, which an ElementDefinition may name. Source: https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type.code */
const systemTypes = 'http://hl7.org/fhirpath/System.';

const judges: Readonly<
  Record<string, (value: unknown, has: Membership, required: boolean) => Fault | undefined>
> = {
  code: (value, has) =>
    typeof value === 'string' && has(undefined, value) === false && !value.startsWith(systemTypes)
      ? { says: `${shown(value)} is not a code of` }
      : undefined,
  Coding: (value, has) => codingFault(value as Coding, has),
  CodeableConcept: (value, has, required) => {
    const { coding } = value as { coding?: Coding[] };
    if (!coding) return required ? { says: 'needs a coding with a code of' } : undefined;
    let wrong: Fault | undefined;
    for (let at = 0; at < coding.length; at++) {
      const { system, code } = coding[at] ?? {};
      const inside = typeof code === 'string' ? has(system ?? '', code) : false;
      if (inside !== false) return undefined;
      if (typeof code === 'string') wrong ??= noCode({ system, code }, `coding[${at}].code`);
    }
    return wrong ?? (required ? { says: 'needs a coding with a code of' } : undefined);
  },
  Quantity: (value, has) => codingFault(value as Coding, has),
};

function codingFault({ system, code }: Coding, has: Membership): Fault | undefined {
  if (typeof code !== 'string' || has(system ?? '', code) !== false) return undefined;
  return noCode({ system, code }, 'code');
}

const noCode = (coding: Coded, child: string): Fault => ({
  says: `${shown(coding.code)} is not a code of`,
  child,
  coding,
});

/** The sets that the model lists are answered by it; all others by the terminology. */
function membership(canonical: string) {
  const listed = model.valueSets[canonical.split('|')[0]!];
  if (!listed)
    return (system: string | undefined, code: string, source: ProfileSource | undefined) =>
      valueSetHas(canonical, system, code, source);
  const all = new Set(Object.values(listed).flat());
  const systems = new Map(Object.entries(listed).map(([system, codes]) => [system, new Set(codes)]));
  return (system: string | undefined, code: string) =>
    system === undefined ? all.has(code) : (systems.get(system)?.has(code) ?? false);
}

/** A code that the set has of another system: which that is, where it can be told. */
function otherSystem({ system, code }: Coded, set: string, source: ProfileSource | undefined): string {
  const right = expand(set, source)?.find((concept) => concept.code === code)?.system;
  return ` ${system ? `with the system ${shown(system)}` : 'without a system'}. Write ${right ? `the system ${right}` : 'its system'}.`;
}

function advice(set: string, severity: Finding['severity'], source: ProfileSource | undefined): string {
  if (severity === 'warning') return ' Use one of its codes where one fits.';
  const codes = expand(set, source);
  if (!codes) return '';
  const shown = codes.slice(0, 15).map(({ code }) => code);
  return ` Use one of: ${shown.join(', ')}${codes.length > shown.length ? ' …' : ''}.`;
}

/** The binding of an element of the model: what its value set lists or, when it is not required, at least recommends. */
export function boundCheck(bound: Bound | undefined, type: string): BindingCheck | undefined {
  return bound && bindingCheck(bound, type);
}
