import { ENDS, type FacilityFacts } from './facility-facts.ts';

/** Facts of facilities by code. */
export type FactsOf = (codes: readonly string[]) => Promise<ReadonlyMap<string, FacilityFacts>>;

/** Which facilities went over to these. */
export type PredecessorsOf = (codes: readonly string[]) => Promise<readonly FacilityFacts[]>;

/**
 * Where a facility of one day is on another. `same`: itself. `successor`: what it went over to, by the chain of decisions
 * in `by`. `several`: it was made of, or divided into, `codes`. `ended`: closed with nobody after it, or nobody is told.
 * `unknown`: the directory has no such code.
 */
export type FacilityAnswer = {
  extent: 'same' | 'successor' | 'several' | 'ended' | 'unknown';
  codes: string[];
  by: { code: string; kind: string; on: string; successor?: string; decision?: string }[];
};

/** More steps than any facility of the country took: a ring of successors ends here. */
const STEPS = 20;

/** Follows a facility's code from the day `on` to the day `to`. */
export async function resolveFacility(
  code: string,
  { on, to }: { on: string; to: string },
  ports: { factsOf: FactsOf; predecessorsOf: PredecessorsOf },
): Promise<FacilityAnswer> {
  const [own] = (await ports.factsOf([code])).values();
  if (!own) return { extent: 'unknown', codes: [], by: [] };
  return to >= on ? forwards(own, on, to, ports.factsOf) : backwards(own, on, to, ports.predecessorsOf);
}

async function forwards(
  own: FacilityFacts,
  on: string,
  to: string,
  factsOf: FactsOf,
): Promise<FacilityAnswer> {
  const by: FacilityAnswer['by'] = [];
  const ends = new Set<string>();
  const seen = new Set<string>();
  let open: FacilityFacts[] = [own];
  let lost = false;
  for (let step = 0; open.length > 0 && step < STEPS; step++) {
    const next: string[] = [];
    for (const facts of open) {
      if (seen.has(facts.code)) continue;
      seen.add(facts.code);
      const gone = facts.successions.filter(
        (one) => ENDS.has(one.kind) && one.on <= to && (facts !== own || one.on > on),
      );
      if (gone.length === 0) ends.add(facts.code);
      for (const { kind, on: day, successor, decision } of gone) {
        by.push({
          code: facts.code,
          kind,
          on: day,
          ...(successor ? { successor } : {}),
          ...(decision ? { decision } : {}),
        });
        if (successor) next.push(successor);
        else lost = true;
      }
    }
    open = [...(await factsOf(next)).values()];
  }
  const codes = [...ends].sort();
  if (codes.length === 0) return { extent: 'ended', codes, by };
  if (codes.length > 1) return { extent: 'several', codes, by };
  return { extent: by.length === 0 && !lost ? 'same' : 'successor', codes, by };
}

async function backwards(
  own: FacilityFacts,
  on: string,
  to: string,
  predecessorsOf: PredecessorsOf,
): Promise<FacilityAnswer> {
  const by: FacilityAnswer['by'] = [];
  const codes = new Set<string>((own.codePeriod.from ?? '') <= to ? [own.code] : []);
  const seen = new Set([own.code]);
  let open = [own.code];
  for (let step = 0; open.length > 0 && step < STEPS; step++) {
    const before = await predecessorsOf(open);
    open = [];
    for (const facts of before) {
      const into = facts.successions.filter(
        (one) =>
          ENDS.has(one.kind) &&
          one.on > to &&
          one.on <= on &&
          one.successor !== undefined &&
          seen.has(one.successor),
      );
      if (into.length === 0 || seen.has(facts.code)) continue;
      seen.add(facts.code);
      for (const one of into) by.push({ code: facts.code, ...one });
      if ((facts.codePeriod.from ?? '') <= to) codes.add(facts.code);
      open.push(facts.code);
    }
  }
  const sorted = [...codes].sort();
  const extent =
    sorted.length === 0
      ? 'ended'
      : sorted.length > 1
        ? 'several'
        : sorted[0] === own.code
          ? 'same'
          : 'successor';
  return { extent, codes: sorted, by };
}
