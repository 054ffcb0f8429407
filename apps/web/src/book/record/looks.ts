import { byDay, type Day } from './dates.ts';
import { words, type AuditEvent } from './fhir.ts';

/** Why a record was opened, in the book's own groups. Source: http://terminology.hl7.org/CodeSystem/v3-ActReason */
export type Purpose =
  | 'care'
  | 'emergency'
  | 'payment'
  | 'management'
  | 'place'
  | 'find'
  | 'family'
  | 'own'
  | 'sent'
  | 'denied'
  | 'other';

/** What a look rested on when nobody typed a reason, as the server's log words it. */
export type Basis = 'own' | 'encounter' | 'appointment' | 'referral' | 'care-team' | 'share';

const basisOfText: Record<string, Basis> = {
  'Hồ sơ của chính cơ sở này': 'own',
  'Đang khám, điều trị tại cơ sở này': 'encounter',
  'Có lịch hẹn tại cơ sở này': 'appointment',
  'Được chuyển đến cơ sở này': 'referral',
  'Thuộc nhóm điều trị của người bệnh': 'care-team',
  'Người bệnh cho xem bằng mã chia sẻ': 'share',
};

/** As the server words the looks of a delegate. */
const familyTexts: ReadonlySet<string | undefined> = new Set([
  'Cha mẹ, người giám hộ xem',
  'Người được chính chủ ủy quyền xem',
]);

/** One row of the access log. */
export type Look = {
  id: string;
  /** When it was made. */
  at: string;
  /** When it came into the log, of a look at a hospital's own copy while the network was away. */
  cameLate?: string;
  name: string;
  role: string | undefined;
  place: string | undefined;
  purpose: Purpose;
  /** What the person who looked wrote. */
  reason: string | undefined;
  /** Why the place could look without writing a reason. */
  basis: Basis | undefined;
  action: 'open' | 'read' | 'write' | 'find';
  /** Kinds of resources that were read or written. */
  kinds: string[];
};

/** What one person did at one go: rows less than half an hour apart, with the same purpose and place. */
export type LookSession = Omit<Look, 'kinds' | 'action'> & {
  until: string;
  count: number;
  /** Ids of all rows it is made of. */
  ids: string[];
  kinds: string[];
  opened: boolean;
  wrote: boolean;
};

const together = 30 * 60_000;

const purposeOfCode: Record<string, Purpose> = {
  TREAT: 'care',
  CAREMGT: 'care',
  CLINTRN: 'care',
  COC: 'care',
  ETREAT: 'emergency',
  BTG: 'emergency',
  HPAYMT: 'payment',
  CLMATTCH: 'payment',
  COVERAGE: 'payment',
  HOPERAT: 'management',
  HSYSADMIN: 'management',
  HCOMPL: 'management',
  HQUALIMP: 'management',
  PUBHLTH: 'management',
  PATRQT: 'care',
  FAMRQT: 'care',
  PATADMIN: 'management',
};

/** Reads the access log, latest first. */
export const looksOf = (events: readonly AuditEvent[]): Look[] =>
  events.map(lookOf).sort((one, other) => (one.at < other.at ? 1 : -1));

const lookOf = (event: AuditEvent): Look => {
  const agents = event.agent ?? [];
  const who = agents.find((agent) => agent.requestor) ?? agents[0];
  const roleCodes = [...(who?.role ?? []), ...(who?.type ? [who.type] : [])].flatMap((role) =>
    (role.coding ?? []).map((coding) => coding.code),
  );
  const action = actionOf(event);
  const said = reasonOf(event);
  const basis = said === undefined ? undefined : basisOfText[said];
  return {
    id: event.id ?? '',
    at: event.period?.start ?? event.recorded ?? '',
    ...(event.period?.start && event.recorded ? { cameLate: event.recorded } : {}),
    name: who?.name ?? who?.who?.display ?? '',
    role: words(who?.role?.[0]),
    place: placeOf(event),
    purpose: roleCodes.includes('citizen')
      ? familyTexts.has(said)
        ? 'family'
        : 'own'
      : purposeOf(event, roleCodes, action, basis),
    reason: basis === undefined && !familyTexts.has(said) ? said : undefined,
    basis,
    action,
    kinds: kindsOf(event),
  };
};

const purposeOf = (
  event: AuditEvent,
  roleCodes: (string | undefined)[],
  action: Look['action'],
  basis: Basis | undefined,
): Purpose => {
  if (event.outcome === '4' || event.outcome === '8') return 'denied';
  if (action === 'find') return 'find';
  const said = [
    ...(event.agent ?? []).flatMap((agent) => agent.purposeOfUse ?? []),
    ...(event.purposeOfEvent ?? []),
  ];
  const code = said.flatMap((concept) => concept.coding ?? []).find((coding) => coding.code)?.code;
  if (code && purposeOfCode[code]) return purposeOfCode[code];
  if (action === 'write') return 'sent';
  return basis === undefined ? 'other' : basis === 'own' ? 'place' : 'care';
};

const placeOf = (event: AuditEvent): string | undefined => {
  const agents = event.agent ?? [];
  const organization = agents.find((agent) => agent.who?.reference?.startsWith('Organization/'));
  return (
    agents.map((agent) => agent.location?.display).find(Boolean) ??
    organization?.name ??
    organization?.who?.display
  );
};

const reasonOf = (event: AuditEvent): string | undefined =>
  (event.entity ?? []).flatMap((entity) => entity.detail ?? []).find((detail) => detail.type === 'reason')
    ?.valueString ??
  event.extension?.find(({ url }) => url.endsWith('reason'))?.valueString ??
  event.agent?.flatMap((agent) => agent.purposeOfUse ?? []).find((purpose) => purpose.text)?.text;

const actionOf = (event: AuditEvent): Look['action'] => {
  const codes = (event.subtype ?? []).map((subtype) => subtype.code);
  if (codes.includes('open') || codes.includes('$open')) return 'open';
  if (codes.includes('match') || codes.includes('$match')) return 'find';
  return event.action === 'C' || event.action === 'U' || event.action === 'D' ? 'write' : 'read';
};

const kindsOf = (event: AuditEvent): string[] => [
  ...new Set(
    (event.entity ?? []).flatMap(({ what, description }) => {
      const kind =
        what?.type ?? what?.reference?.match(/([A-Z][A-Za-z]+)\/[^/]+$/)?.[1] ?? kindIn(description);
      return kind && kind !== 'Patient' && kind !== 'AuditEvent' ? [kind] : [];
    }),
  ),
];

/** The kind of data that a search asked for. */
const kindIn = (asked: string | undefined): string | undefined => asked?.match(/^[A-Z][A-Za-z]+/)?.[0];

const whereabouts = ({ name, place }: Look): string => `${name}|${place}`;

/**
 * Rows of one person close together become one look, as a person would count it; a search that led to opening the
 * record is part of that look. Latest first.
 */
export const sessionsOf = (looks: readonly Look[]): LookSession[] => {
  const sessions = new Set<LookSession>();
  const found = new Map<string, LookSession>();
  const last = new Map<string, LookSession>();
  for (const look of looks.toReversed()) {
    const key = [look.name, look.role, look.place, look.purpose, look.cameLate ? 'late' : ''].join('|');
    const before = last.get(key);
    if (before && Date.parse(look.at) - Date.parse(before.until) <= together) {
      before.until = look.at;
      before.count += 1;
      before.ids.push(look.id);
      before.kinds = [...new Set([...before.kinds, ...look.kinds])];
      before.opened ||= look.action === 'open';
      before.wrote ||= look.action === 'write';
      before.reason ??= look.reason;
      before.basis ??= look.basis;
      continue;
    }
    const { action, ...rest } = look;
    const session = {
      ...rest,
      until: look.at,
      count: 1,
      ids: [look.id],
      opened: action === 'open',
      wrote: action === 'write',
    };
    last.set(key, session);
    const search = found.get(whereabouts(look));
    if (look.purpose === 'find') found.set(whereabouts(look), session);
    else if (search && Date.parse(look.at) - Date.parse(search.until) <= together) {
      sessions.delete(search);
      found.delete(whereabouts(look));
      session.count += search.count;
      session.ids.unshift(...search.ids);
    }
    sessions.add(session);
  }
  return [...sessions].sort((one, other) => (one.until < other.until ? 1 : -1));
};

/** Looks of one day under its heading. */
export const lookDays = (sessions: readonly LookSession[]): { day: Day; items: LookSession[] }[] =>
  byDay(sessions, (session) => session.until);

/** Whether a look was made without any purpose, reason or basis. */
export const unexplained = ({ purpose, reason, basis }: LookSession): boolean =>
  purpose === 'other' && !reason && !basis;

/** Whether somebody else looked: neither the person's own look, nor a hospital's software sending what it wrote, nor a try that was refused. */
export const isLook = ({ purpose }: LookSession): boolean =>
  purpose !== 'own' && purpose !== 'sent' && purpose !== 'denied';

/** What the page says first: how many people, how many looks, how many without a stated reason. */
export const summaryOf = (sessions: readonly LookSession[]) => {
  const others = sessions.filter(isLook);
  return {
    people: new Set(others.map((session) => `${session.name}|${session.place}`)).size,
    looks: others.length,
    withoutReason: others.filter((session) => unexplained(session)).length,
  };
};

/** The log as a table file: semicolons and a byte order mark, so that office programs open it right. */
export const csvOf = (looks: readonly Look[], headings: readonly string[]): string => {
  const cell = (text: string | undefined) => `"${safe(text ?? '').replaceAll('"', '""')}"`;
  const rows = looks.map((look) =>
    [
      look.at,
      look.name,
      look.role,
      look.place,
      look.purpose,
      look.reason,
      look.action,
      look.kinds.join(', '),
      look.id,
    ]
      .map(cell)
      .join(';'),
  );
  return `\uFEFF${[headings.map(cell).join(';'), ...rows].join('\r\n')}\r\n`;
};

/** A cell that begins like a formula is not run by the office program that opens it. */
const safe = (text: string): string => (/^[=+\-@\t]/.test(text) ? `'${text}` : text);
