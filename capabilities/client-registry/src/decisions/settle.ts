import type { Transaction } from '@yba/postgres';
import { indexKeys } from '../online/index-keys.ts';
import { numberKey, personNumbers } from '../person-numbers.ts';
import { INSURANCE, PERSON } from '@yba/vietnam';
import type { Registration } from '../matching/index.ts';

/**
 * Whose each Patient is, is a function of what Patients say and of the decisions that stand (decision 0048). This
 * works it out anew for all who are touched by the Patients given, and writes what changed: links only, no data.
 * `by` and `reason` go to the record of changes.
 */
export async function settle(
  tx: Transaction,
  patients: readonly string[],
  by: string,
  reason: string,
): Promise<{ patient: string; was: string; person: string }[]> {
  const scope = await gather(tx, patients);
  const keys = unite(scope);
  const changed: { patient: string; was: string; person: string }[] = [];
  const [agreeing, disagreeing]: string[][] = [[], []];
  for (const patient of scope.patients.values()) {
    const holders = numbersOf(patient.said).flatMap((number) => scope.holders.get(number) ?? []);
    const roots = new Set(holders.map((holder) => keys.of(holder)));
    const pin = standingDetachment(scope, patient.patient);
    const [root] = roots;
    const person = pin ? keys.of(pin) : roots.size === 1 ? root! : keys.of(patient.base);
    if (!pin) (roots.size > 1 ? disagreeing : agreeing)!.push(patient.patient);
    if (person !== patient.person) changed.push({ patient: patient.patient, was: patient.person, person });
  }
  await writeRoots(tx, keys);
  await writePins(tx, scope);
  await writeLinks(tx, changed, by, reason);
  await writeWorkList(tx, scope, agreeing!, disagreeing!);
  return changed;
}

type PatientRow = { patient: string; person: string; base: string; facility: number; said: Registration };

type Decision = {
  id: number;
  kind: 'merge' | 'link' | 'unlink';
  stands: boolean;
  patient: string;
  other: string | null;
  person: string | null;
  target: string | null;
  detached: string | null;
  /** The person the Patient's numbers led to when it was confirmed. */
  base: string | null;
  /** When it was confirmed, in microseconds. */
  at: number;
};

type Scope = {
  patients: Map<string, PatientRow>;
  decisions: Map<number, Decision>;
  /** The key each number belongs to. */
  holders: Map<string, string>;
  /** All person keys met. */
  keys: Set<string>;
};

/** Everything that hangs together with these Patients, by persons, decisions and numbers. */
async function gather(tx: Transaction, patients: readonly string[]): Promise<Scope> {
  const scope: Scope = { patients: new Map(), decisions: new Map(), holders: new Map(), keys: new Set() };
  let ids = [...new Set(patients)];
  let keys: string[] = [];
  while (ids.length > 0 || keys.length > 0) {
    const [found, decisions] = await Promise.all([patientsOf(tx, ids, keys), decisionsOf(tx, ids, keys)]);
    const numbers = await numbersTouched(tx, scope, found, keys);
    const more = await patientsWith(tx, numbers);
    const before = { patients: new Set(scope.patients.keys()), keys: new Set(scope.keys) };
    for (const row of [...found, ...more]) {
      scope.patients.set(row.patient, row);
      scope.keys.add(row.base).add(row.person);
    }
    for (const each of decisions) {
      scope.decisions.set(each.id, each);
      for (const key of [each.person, each.target, each.detached, each.base]) if (key) scope.keys.add(key);
    }
    for (const key of scope.holders.values()) scope.keys.add(key);
    const named = decisions.flatMap(({ patient, other }) => [patient, ...(other ? [other] : [])]);
    ids = [...new Set([...scope.patients.keys(), ...named])].filter(
      (id) => !before.patients.has(id) && !patients.includes(id),
    );
    keys = [...scope.keys].filter((key) => !before.keys.has(key));
  }
  return scope;
}

async function patientsOf(
  tx: Transaction,
  ids: readonly string[],
  keys: readonly string[],
): Promise<PatientRow[]> {
  return tx<PatientRow[]>`
    select l.patient, l.person, coalesce(r.base, l.placement) as base, l.facility, coalesce(r.said, '{"name": ""}') as said
    from patient_link l left join registration r on r.patient = l.patient
    where l.patient = any(${ids as string[]}::uuid[]) or l.person = any(${keys as string[]}::uuid[])
      or l.patient in (select patient from registration where base = any(${keys as string[]}::uuid[])
        union all select patient from identity_pin where person = any(${keys as string[]}::uuid[]))`;
}

async function decisionsOf(
  tx: Transaction,
  ids: readonly string[],
  keys: readonly string[],
): Promise<Decision[]> {
  return tx<Decision[]>`
    select id, kind, state in ('standing', 'undo-proposed') as stands, patient, other, person, target, detached, base,
      (extract(epoch from confirmed_at) * 1000000)::int8 as at
    from identity_decision
    where kind <> 'differ' and state in ('standing', 'undo-proposed', 'undone')
      and (patient = any(${ids as string[]}::uuid[]) or person = any(${keys as string[]}::uuid[])
        or target = any(${keys as string[]}::uuid[]) or detached = any(${keys as string[]}::uuid[]))`;
}

/** Learns who holds the numbers of these Patients, and the numbers held by these keys; answers those not met before. */
async function numbersTouched(
  tx: Transaction,
  scope: Scope,
  patients: readonly PatientRow[],
  keys: readonly string[],
): Promise<string[]> {
  const values = patients.flatMap(({ said }) => numbersOf(said)).map((number) => number.split('|')[1]!);
  const rows = await tx<{ system: string; value: string; person: string }[]>`
    select system, value, person from person_identifier
    where active and (value = any(${values}) or person = any(${keys as string[]}::uuid[]))`;
  const fresh = rows.filter((row) => !scope.holders.has(numberKey(row)));
  for (const row of fresh) scope.holders.set(numberKey(row), row.person);
  return fresh.map(numberKey);
}

/** Patients that say one of these numbers. */
async function patientsWith(tx: Transaction, numbers: readonly string[]): Promise<PatientRow[]> {
  const hashed = numbers.flatMap((number) => {
    const [system, value] = number.split('|') as [string, string];
    return indexKeys({ name: '', ...(system === PERSON ? { personNumber: value } : { insurance: value }) });
  });
  if (hashed.length === 0) return [];
  const rows = await tx<PatientRow[]>`
    select l.patient, l.person, r.base, l.facility, r.said
    from registration r join patient_link l on l.patient = r.patient
    where r.keys && ${hashed}::int[]`;
  return rows.filter(({ said }) => numbersOf(said).some((number) => numbers.includes(number)));
}

/** A person's numbers as `numberKey` writes them. */
const numbersOf = ({ personNumber, insurance }: Registration): string[] =>
  personNumbers({
    resourceType: 'Patient',
    identifier: [
      ...(personNumber ? [{ system: PERSON, value: personNumber }] : []),
      ...(insurance ? [{ system: INSURANCE, value: insurance }] : []),
    ],
  }).map(numberKey);

/** The person a Patient has of its own since the latest decision that took it out and stands. */
function standingDetachment(scope: Scope, patient: string, before = Infinity): string | undefined {
  const latest = [...scope.decisions.values()]
    .filter((each) => each.patient === patient && each.detached && each.stands && each.at < before)
    .sort((a, b) => b.at - a.at)[0];
  return latest?.detached ?? undefined;
}

/** Person keys that are one: by decisions that stand, and where one that took a Patient out was undone, with what the Patient was before. */
function unite(scope: Scope): Keys {
  const keys = new Keys(scope.keys);
  for (const each of scope.decisions.values()) {
    if (each.stands && each.kind !== 'unlink') keys.join(each.person!, each.target!);
    if (!each.stands && each.detached) {
      const before = standingDetachment(scope, each.patient, each.at) ?? each.base;
      if (before) keys.join(each.detached, before);
    }
  }
  return keys;
}

/** Keys joined into groups; a group goes by its least key. */
class Keys {
  readonly #parent = new Map<string, string>();

  constructor(keys: Iterable<string>) {
    for (const key of keys) this.#parent.set(key, key);
  }

  of(key: string): string {
    let root = key;
    for (
      let next = this.#parent.get(root);
      next !== undefined && next !== root;
      next = this.#parent.get(root)
    )
      root = next;
    return root;
  }

  join(one: string, other: string): void {
    const [a, b] = [this.of(one), this.of(other)];
    if (a === b) return;
    const [least, greater] = a < b ? [a, b] : [b, a];
    this.#parent.set(greater, least);
    if (!this.#parent.has(least)) this.#parent.set(least, least);
  }

  *[Symbol.iterator](): IterableIterator<[key: string, root: string]> {
    for (const key of this.#parent.keys()) yield [key, this.of(key)];
  }
}

async function writeRoots(tx: Transaction, keys: Keys): Promise<void> {
  const all = [...keys];
  const led = all.filter(([key, root]) => key !== root);
  await tx`delete from person_root where person = any(${all.map(([key]) => key)}::uuid[])`;
  if (led.length > 0)
    await tx`insert into person_root ${tx(led.map(([person, root]) => ({ person, root })))}`;
}

async function writePins(tx: Transaction, scope: Scope): Promise<void> {
  const pins = [...scope.patients.keys()].flatMap((patient) => {
    const person = standingDetachment(scope, patient);
    return person ? [{ patient, person }] : [];
  });
  await tx`delete from identity_pin where patient = any(${[...scope.patients.keys()]}::uuid[])`;
  if (pins.length > 0) await tx`insert into identity_pin ${tx(pins)}`;
}

async function writeLinks(
  tx: Transaction,
  changed: readonly { patient: string; was: string; person: string }[],
  by: string,
  reason: string,
): Promise<void> {
  if (changed.length === 0) return;
  await tx`
    update patient_link set person = wanted.person
    from unnest(${changed.map(({ patient }) => patient)}::uuid[], ${changed.map(({ person }) => person)}::uuid[]) as wanted (patient, person)
    where patient_link.patient = wanted.patient`;
  await tx`insert into link_change ${tx(changed.map((each) => ({ ...each, by, reason })))}`;
}

async function writeWorkList(
  tx: Transaction,
  scope: Scope,
  agreeing: readonly string[],
  disagreeing: readonly string[],
): Promise<void> {
  await tx`delete from unidentified where reason = 'numbers-disagree' and patient = any(${agreeing as string[]}::uuid[])`;
  const rows = disagreeing.map((patient) => ({
    patient,
    facility: scope.patients.get(patient)!.facility,
    reason: 'numbers-disagree',
  }));
  if (rows.length > 0) await tx`insert into unidentified ${tx(rows)} on conflict (patient) do nothing`;
}
