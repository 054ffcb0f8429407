import { errorWords, FhirError } from '../../fhir/client.ts';
import { useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';

/** What is still to be said before something can be sent, as the book says it. */
export class Unsaid extends Error {
  readonly key: BookKey;

  constructor(key: BookKey) {
    super(key);
    this.key = key;
  }
}

/**
 * The words of an error for the person whose book it is. What the general ones advise where something is absent or not
 * allowed, to look for the patient or to ask for a role, is for staff; `absent` says it of the thing at hand.
 */
export function useErrorWords(): (error: unknown, absent?: BookKey) => string {
  const t = useWords();
  return (error, absent = 'errorAbsent') => {
    if (error instanceof Unsaid) return t(error.key);
    if (!(error instanceof FhirError)) return errorWords(error);
    if (error.status === 404 || error.status === 410) return t(absent);
    return error.status === 403 ? (error.told() ?? t('errorNotAllowed')) : errorWords(error);
  };
}
