import type { Caller, Context } from '@yba/fhir';
import { forbidden } from '@yba/fhir';
import type { OperationRequest } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import type { MessageDesk } from '../desk.ts';
import { refusal } from './vocabulary.ts';

/** Whose messages an operator sees: all, or those of their facility (its number). */
export type OperatorReach = { facility?: number };

/**
 * Who works with the message log: the authority's operators with that of all facilities, a facility's IT officer with
 * their own. Throws `forbidden` for everybody else.
 */
export function operatorReach({ caller }: Context): OperatorReach {
  if (caller.role === 'ministry') return {};
  if (caller.role === 'admin' && caller.facility) return { facility: facilityNumber(caller.facility) };
  throw forbidden({
    vi: 'Nhật ký thông điệp dành cho vận hành của cơ quan quản lý và cán bộ CNTT của cơ sở.',
    en: 'The message log is for the operators of the authority and a facility’s IT officer.',
  });
}

/** Whether what a refusal quotes is shown: to the facility whose message it is. */
export const seesQuotes = ({ role }: Caller): boolean => role === 'admin';

/** The values of a parameter, from the query or the Parameters sent. */
export function parametersOf({
  query,
  body,
}: Pick<OperationRequest, 'query' | 'body'>): (name: string) => string[] {
  const list = (body?.['parameter'] ?? []) as Record<string, unknown>[];
  return (name) => [
    ...query.getAll(name),
    ...list.flatMap((one) => {
      if (one['name'] !== name) return [];
      const value = Object.entries(one).find(([key]) => key.startsWith('value'))?.[1];
      return value === undefined || value === '' ? [] : [String(value)];
    }),
  ];
}

/** One of these codes, when it is said. Throws `value` for another. */
export function codeIn<T extends string>(
  codes: readonly T[],
  said: string | undefined,
  name: string,
): T | undefined {
  if (said === undefined) return undefined;
  const code = codes.find((one) => one === said);
  if (code) return code;
  throw refusal(
    'value',
    [`${name} là một trong: ${codes.join(', ')}.`, `${name} is one of ${codes.join(', ')}.`],
    name,
  );
}

/** Puts what an operator did or looked at into the access log. */
export async function logOperator(
  { audit }: Pick<MessageDesk, 'audit'>,
  { caller, requestId }: Context,
  what: {
    target: string;
    persons?: readonly string[];
    count: number;
    reason?: string;
    detail?: Record<string, string>;
  },
): Promise<void> {
  const { target, persons = [], ...more } = what;
  await audit.read({
    at: new Date(),
    requestId,
    caller,
    action: 'operation',
    target,
    persons: [...new Set(persons)],
    outcome: 'success',
    ...more,
  });
}
