import { formatDate, formatTime } from '@yba/ui';
import {
  IconAlertTriangle,
  IconClock,
  IconRosetteDiscountCheck,
  IconShieldQuestion,
} from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import type { LogFault } from '../proof/log-head.ts';
import type { Proofs } from '../proof/use-proofs.ts';
import type { LookProof } from '../proof/verify-looks.ts';

type State = LookProof['state'] | 'unchecked';

/** The worst first: one row that does not match speaks for the whole look. */
const order: readonly State[] = ['mismatch', 'absent', 'unchecked', 'pending', 'verified'];

const words: Record<State, BookKey> = {
  mismatch: 'proofMismatch',
  absent: 'proofAbsent',
  unchecked: 'proofUnchecked',
  pending: 'proofPending',
  verified: 'proofVerified',
};

const icons: Record<State, typeof IconClock> = {
  mismatch: IconAlertTriangle,
  absent: IconAlertTriangle,
  unchecked: IconShieldQuestion,
  pending: IconClock,
  verified: IconRosetteDiscountCheck,
};

/** Whether this browser could prove the rows of a look, with the proof itself one tap away. */
export function ProofMark({ ids, proofs: { of, fault } }: { ids: readonly string[]; proofs: Proofs }) {
  const t = useWords();
  const [open, setOpen] = useState(false);
  const panel = useId();
  const found = ids.map((id) => (fault ? undefined : of.get(id)));
  const state =
    order.find((one) => found.some((proof) => (proof?.state ?? 'unchecked') === one)) ?? 'unchecked';
  const Icon = icons[state];
  const proved = found.flatMap((proof, n) => (proof?.state === 'verified' ? [{ id: ids[n]!, proof }] : []));
  return (
    <span className="rc">
      <button
        type="button"
        className={`proof ${state}`}
        aria-expanded={open}
        aria-controls={panel}
        onClick={() => setOpen(!open)}
      >
        <Icon className="i" aria-hidden />
        {t(words[state])}
        {ids.length > 1 && ` · ${t('proofRows', { count: ids.length })}`}
      </button>
      {open && (
        <span className="det proofs" id={panel}>
          <span>{t(fault ? faultWords[fault] : (`${words[state]}Why` as BookKey))}</span>
          {proved.map(({ id, proof }) => (
            <dl key={id}>
              <dt>{t('proofEntry')}</dt>
              <dd className="hash">{proof.entry}</dd>
              <dt>{t('proofIndex')}</dt>
              <dd>
                {t('proofIndexOf', {
                  index: (proof.index + 1).toLocaleString('vi'),
                  size: proof.head.checkpoint.size.toLocaleString('vi'),
                })}
              </dd>
              <dt>{t('proofHead')}</dt>
              <dd>{momentOf(proof.head.checkpoint.time)}</dd>
              <dt>{t('proofKey')}</dt>
              <dd className="hash">
                {proof.head.key.name} · {proof.head.key.id}
              </dd>
            </dl>
          ))}
        </span>
      )}
    </span>
  );
}

function momentOf(seconds: number): string {
  const at = new Date(seconds * 1000).toISOString();
  return `${formatDate(at)} ${formatTime(at)}`;
}

const faultWords: Record<LogFault, BookKey> = {
  'unknown-key': 'faultKey',
  'bad-signature': 'faultSignature',
  forked: 'faultForked',
  'rolled-back': 'faultRolledBack',
  'no-ed25519': 'faultBrowser',
  unreachable: 'faultUnreachable',
};

/** Faults that may mean that somebody changed the log; the others only say that nothing could be checked. */
const alarming: ReadonlySet<LogFault> = new Set(['unknown-key', 'bad-signature', 'forked', 'rolled-back']);

/** What this browser can say of the log as a whole. */
export function LogState({ proofs: { of, fault } }: { proofs: Proofs }) {
  const t = useWords();
  const all = [...of.values()];
  const bad = all.filter(({ state }) => state === 'mismatch' || state === 'absent').length;
  const verified = all.flatMap((proof) => (proof.state === 'verified' ? [proof] : []));
  const last = verified.at(-1);
  if (fault || bad > 0) {
    const isAlarm = bad > 0 || (fault && alarming.has(fault));
    return (
      <p className={isAlarm ? 'logstate bad' : 'logstate'} role={isAlarm ? 'alert' : 'status'}>
        <IconAlertTriangle className="i" aria-hidden />
        <span>{fault ? t(faultWords[fault]) : t('logMismatch', { count: bad })}</span>
      </p>
    );
  }
  if (!last) return null;
  return (
    <p className="logstate ok" role="status">
      <IconRosetteDiscountCheck className="i" aria-hidden />
      <span>
        {t('logVerified', {
          count: verified.length,
          at: momentOf(last.head.checkpoint.time),
          key: last.head.key.id,
        })}{' '}
        {last.head.since !== undefined && t('logSince', { at: momentOf(last.head.since) })}
      </span>
    </p>
  );
}
