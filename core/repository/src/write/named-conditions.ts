import type { Change, Draft } from './change.ts';
import { changeId, fullUrlsOf } from './change.ts';

const placeholder = /urn:(?:uuid|oid):[A-Za-z0-9.-]+/g;

/** Finds the target of one draft. */
type Find = (draft: Draft) => Promise<Change>;

/**
 * How the targets of the drafts of one Bundle are found. A condition that names another entry by its fullUrl
 * (`subject=urn:uuid:…&code=…`) is asked by the reference which that entry resolves to, once it is known; all others
 * are asked at once. What names an entry that is only now created matches nothing, as it stands.
 * Source: https://hl7.org/fhir/R4/http.html#trules, “replace all matching links in the bundle”
 */
export function inTurn(
  drafts: readonly Draft[],
  find: Find,
): (draft: Draft, index: number) => Promise<Change> {
  const byUrl = new Map<string, number>();
  if (drafts.some(({ condition }) => condition && namesIn(condition).length > 0)) {
    drafts.forEach((draft, index) => {
      for (const url of fullUrlsOf(draft)) if (url.startsWith('urn:')) byUrl.set(url, index);
    });
  }
  if (byUrl.size === 0) return find;
  const begun: Promise<Change>[] = [];
  // those above wait for this one: entries that name each other in a ring do not wait for one another
  const begin = (draft: Draft, index: number, above: readonly number[]): Promise<Change> => {
    const others = namesIn(draft.condition).flatMap((name) => byUrl.get(name) ?? []);
    const awaited = [...new Set(others)].filter((other) => other !== index && !above.includes(other));
    if (awaited.length === 0) return (begun[index] ??= find(draft));
    const inside = [...above, index];
    const known = awaited.map((other) =>
      (begun[other] ?? begin(drafts[other]!, other, inside)).catch(() => undefined),
    );
    return (begun[index] = Promise.all(known).then((changes) => find(resolved(draft, changes))));
  };
  return (draft, index) => begun[index] ?? begin(draft, index, []);
}

const namesIn = (condition: URLSearchParams | undefined): string[] =>
  condition ? [...condition.values()].flatMap((value) => value.match(placeholder) ?? []) : [];

/** The draft with its condition by the references that its Bundle's other entries stand for. */
function resolved(draft: Draft, changes: readonly (Change | undefined)[]): Draft {
  const references = new Map<string, string>();
  for (const change of changes) {
    if (!change || (change.clientId === undefined && !change.previous)) continue;
    for (const url of fullUrlsOf(change)) references.set(url, `${change.type}/${changeId(change)}`);
  }
  return { ...draft, condition: withReferences(draft.condition!, references) };
}

/** A query with the references that the entries named in it stand for, by their fullUrl. */
export function withReferences(
  query: URLSearchParams,
  references: ReadonlyMap<string, string>,
): URLSearchParams {
  return new URLSearchParams(
    [...query].map(([name, value]): [string, string] => [
      name,
      value.replace(placeholder, (url) => references.get(url) ?? url),
    ]),
  );
}
