import { useClinicText } from '../messages.ts';
import { vi } from '../messages/vi.ts';

const hasWords = (key: string): key is keyof typeof vi => key in vi;

/** What was done, in words; an action of the access log that this release does not know stays as it is written. */
export function useActionWords(): (action: string) => string {
  const t = useClinicText();
  return (action) => {
    const key = `did-${action}`;
    return hasWords(key) ? t(key) : action;
  };
}
