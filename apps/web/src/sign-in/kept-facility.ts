/** The facility of the last person who signed in on this machine: two letters and a name, nothing about the person. */
export type KeptFacility = { name: string };

const KEPT = 'yba.facility';

/** The facility kept on this machine, if any. */
export function keptFacility(): KeptFacility | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? 'null');
    return kept && typeof kept === 'object' && 'name' in kept && typeof kept.name === 'string'
      ? { name: kept.name }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a facility on this machine, or forgets it. */
export function keepFacility(facility: KeptFacility | undefined): void {
  try {
    if (facility) localStorage.setItem(KEPT, JSON.stringify(facility));
    else localStorage.removeItem(KEPT);
  } catch {
    // a browser without storage asks again next time
  }
}
