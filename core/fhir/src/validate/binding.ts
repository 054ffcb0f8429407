import { model } from '../model/model.ts';
import type { Finding } from './compile-type.ts';

/** The codes of a required binding. */
export type Binding = {
  has(code: string): boolean;
  codeFault(code: string): string;
  /** A CodeableConcept that uses the binding's systems must hold at least one of its codes. */
  conceptFinding(concept: object): Finding | undefined;
};

const bindings = new Map<string, Binding>();

/** The binding to a value set by its canonical; undefined when its codes are not enumerable. */
export function bindingOf(valueSet: string | undefined): Binding | undefined {
  if (valueSet === undefined) return undefined;
  let binding = bindings.get(valueSet);
  if (!binding) {
    const codes = model.valueSets[valueSet];
    if (!codes) return undefined;
    bindings.set(valueSet, (binding = makeBinding(valueSet, codes)));
  }
  return binding;
}

function makeBinding(valueSet: string, bySystem: Record<string, string[]>): Binding {
  const all = new Set(Object.values(bySystem).flat());
  const systems = new Map(Object.entries(bySystem).map(([system, codes]) => [system, new Set(codes)]));
  const allowed = [...all].slice(0, 15).join(', ') + (all.size > 15 ? ' …' : '');
  const codeFault = (code: string) => `'${code}' is not a code of ${valueSet}. Use one of: ${allowed}.`;
  return {
    has: (code) => all.has(code),
    codeFault,
    conceptFinding: (concept) => {
      const { coding } = concept as { coding?: { system?: string; code?: string }[] };
      if (!coding) return undefined;
      if (coding.some(({ system = '', code = '' }) => systems.get(system)?.has(code))) return undefined;
      const wrong = coding.findIndex(({ system = '', code }) => code !== undefined && systems.has(system));
      return wrong < 0
        ? undefined
        : {
            severity: 'error',
            code: 'code-invalid',
            why: codeFault(coding[wrong]!.code!),
            child: `coding[${wrong}].code`,
          };
    },
  };
}
