import { BASIS_WORDS, type LogEntry, type Told } from '@yba/audit/proof';
import type { AuditEvent } from '../record/fhir.ts';

const outcomes: Record<string, string> = { success: '0', denied: '4', failed: '8' };

/**
 * Whether a look says what its entry in the log says: who, in which role, where, when, what, why, with which outcome.
 * `told` and `reason` have been checked against the digests of the entry.
 */
export function isSameLook(
  event: AuditEvent,
  entry: LogEntry,
  told: Told,
  reason: string | undefined,
): boolean {
  const [subject, , role, name, facility] = told;
  const who = event.agent?.find((agent) => agent.requestor) ?? event.agent?.[0];
  const purpose = who?.purposeOfUse?.[0];
  const said = purpose?.text;
  const shown = {
    id: Number.parseInt(event.id?.split('-')[1] ?? '', 36),
    at: Date.parse(event.recorded ?? ''),
    name: who?.name,
    role: who?.role?.[0]?.coding?.[0]?.code,
    facility: who?.location?.identifier?.value ?? null,
    action: event.subtype?.[0]?.code,
    outcome: event.outcome,
    target: targetOf(event) ?? null,
    occurred: event.period?.start ?? null,
  };
  const logged = {
    id: entry.id,
    at: Date.parse(entry.at),
    name,
    role,
    facility,
    action: actionsOf(entry.action),
    outcome: outcomes[entry.outcome],
    target: entry.target,
    occurred: occurredOf(entry),
  };
  if (subject === '' || JSON.stringify(shown) !== JSON.stringify(logged)) return false;
  const code = purpose?.coding?.[0]?.code;
  if (entry.purpose !== null && code !== entry.purpose) return false;
  if (reason !== undefined) return said === reason;
  if (entry.reason !== null) return said === undefined; // words that were erased by order of the law
  return said === BASIS_WORDS[entry.basis ?? ''];
}

/** When it was made, of a look that came into the log later. */
const occurredOf = ({ detail }: LogEntry): string | null =>
  (JSON.parse(detail ?? '{}') as { occurred?: string }).occurred ?? null;

/** A sign-in is told by the words of DICOM. */
function actionsOf(action: string): string {
  if (action === 'sign-in') return '110122';
  return action === 'sign-out' ? '110123' : action;
}

function targetOf({ entity = [] }: AuditEvent): string | undefined {
  const data = entity.find(({ role }) => ['4', '11', '24'].includes(role?.code ?? ''));
  return data?.what?.reference ?? data?.what?.display ?? data?.what?.identifier?.value ?? data?.description;
}
