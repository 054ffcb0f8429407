import { isUnit, UCUM } from '../ucum/index.ts';
import type { Finding } from './binding.ts';
import { shown } from './run.ts';

/** Quantity and the types made of it. Source: https://hl7.org/fhir/R4/datatypes.html#quantity */
export const quantities: ReadonlySet<string> = new Set(['Quantity', 'Age', 'Count', 'Distance', 'Duration']);

/** A code said to be UCUM's that UCUM has not is converted by nobody, and found by no other unit. */
export function unitFinding(value: unknown): Finding | undefined {
  const { system, code } = value as { system?: unknown; code?: unknown };
  if (system !== UCUM || typeof code !== 'string' || isUnit(code)) return undefined;
  const why = `${shown(code)} is not a code of UCUM. Write it as UCUM does, as mg/dL or mm[Hg]; what people read goes into unit.`;
  return { severity: 'warning', code: 'code-invalid', why, child: 'code' };
}
