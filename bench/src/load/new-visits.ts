import { nation, type Visit } from '@yba/demonstration';

/** Resources of a visit that counts as one of 25. */
export const VISIT_SIZE = { from: 20, to: 30 };

/** Visits of a nation that no server has seen, the persons' own order kept; of these facilities where they are named. */
export function newVisits(count: number, facilities?: ReadonlySet<string>): Visit[] {
  const visits: Visit[] = [];
  for (const visit of nation({ persons: count * 5, seed: 4711, now: Date.now() }).visits(40)) {
    const entries = visit.bundle['entry'] as { resource?: { resourceType: string } }[];
    if (entries.length < VISIT_SIZE.from || entries.length > VISIT_SIZE.to) continue;
    if (facilities && !facilities.has(visit.facility)) continue;
    // the steps of a referral that is over come one by one, not with the visit
    if (entries.some(({ resource }) => resource?.resourceType === 'Task')) continue;
    visits.push(visit);
    if (visits.length === count) return visits;
  }
  throw new Error('the nation has too few visits; ask for fewer');
}
