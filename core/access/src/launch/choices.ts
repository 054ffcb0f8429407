import { covered, smartScope } from '../oidc/scopes.ts';
import { kindInWords } from './words.ts';

/** One thing a citizen says yes or no to when an app asks: a kind of data with the scopes that mean it, or being read later too. */
export type Choice = {
  /** Its name in the form. */
  name: string;
  scopes: readonly string[];
  /** Whether another choice holds all of it: the whole record holds each kind. */
  within: boolean;
};

/** Reading on while the app is closed, a choice of its own. */
export const LATER: Choice = { name: 'later', scopes: ['offline_access'], within: false };

/** The kinds of data that scopes ask for, each once, the wide ones before what they hold. */
export function kindsOf(scopes: readonly string[]): Choice[] {
  const kinds = new Map<string, string[]>();
  for (const text of scopes) {
    const words = kindInWords(text, 'vi');
    if (words !== undefined) kinds.set(words, [...(kinds.get(words) ?? []), text]);
  }
  const asked = [...kinds.values()];
  return asked
    .map((own, at) => ({
      name: `kind-${at}`,
      scopes: own,
      within: asked.some((other) => other !== own && covered(other, own).length === own.length),
    }))
    .toSorted((one, other) => Number(one.within) - Number(other.within));
}

/**
 * What of the scopes asked for stays when these choices are ticked: theirs, what they hold of others, and the scopes that are
 * no choice, without which there is no sign-in (openid) or nobody in context (launch). Undefined when data was asked for and
 * none of it is ticked. Sources: https://www.rfc-editor.org/rfc/rfc6749#section-3.3,
 * https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources
 */
export function chosenScopes(
  asked: readonly string[],
  isTicked: (name: string) => boolean,
): string[] | undefined {
  const kinds = kindsOf(asked);
  const ticked = kinds.filter(({ name }) => isTicked(name)).flatMap(({ scopes }) => scopes);
  if (kinds.length > 0 && ticked.length === 0) return undefined;
  return asked.filter((text) => {
    if (LATER.scopes.includes(text)) return isTicked(LATER.name);
    return smartScope(text) ? covered(ticked, [text]).length > 0 : true;
  });
}
