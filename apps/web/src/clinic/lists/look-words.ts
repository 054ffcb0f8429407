import { useClinicText } from '../messages.ts';

/** The actions of the access log. Source: look-kinds.ts of the audit package. */
const ACTIONS = [
  'read',
  'vread',
  'history',
  'search',
  'create',
  'update',
  'delete',
  'transaction',
  'submit',
  'match',
  'open',
  'operation',
  'export',
  'print',
  'erase',
  'backup',
  'restore',
  'security',
  'sign-in',
  'sign-out',
  'lock',
  'unlock',
  'revoke',
  'switch',
  'account',
] as const;

/** What was done, in words; an action that this release does not know stays as it is written. */
export function useActionWords(): (action: string) => string {
  const t = useClinicText();
  return (action) => {
    const known = ACTIONS.find((one) => one === action);
    return known ? t(`did-${known}`) : action;
  };
}
