import { useKeys, usePageTitle } from '@yba/ui';
import { IconCircleCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { ListHead } from '../lists/list-head.tsx';
import { useClinicText } from '../messages.ts';
import { DecisionDesk } from './decision-desk.tsx';
import { PairDesk } from './pair-desk.tsx';
import { useDecisions, usePairs, waits } from './pairs.ts';
import { TakeOutDesk } from './take-out-desk.tsx';

const SEGMENTS = ['pairs', 'waiting', 'decided', 'takeOut'] as const;
type Segment = (typeof SEGMENTS)[number];

/** Who is who: pairs to compare, decisions that wait for a second person, what was decided, and taking a registration out. */
export function IdentitiesPage() {
  const t = useClinicText();
  usePageTitle(t('identitiesTitle'));
  const [segment, setSegment] = useState<Segment>('pairs');
  const [done, setDone] = useState<string>();
  const pairs = usePairs(true).data?.total;
  const decisions = useDecisions(true).data;
  const counts: Record<Segment, number | undefined> = {
    pairs,
    waiting: decisions?.filter(waits).length,
    decided: decisions?.filter((each) => !waits(each)).length,
    takeOut: undefined,
  };
  const show = (next: Segment) => {
    setDone(undefined);
    setSegment(next);
  };
  useKeys(
    SEGMENTS.map((each, at) => ({
      keys: `Alt ${at + 1}`,
      label: at === 0 ? t('segments') : t(`segment-${each}`),
      run: () => show(each),
      ...(at === 0 ? { printed: 'Alt 1 – 4' } : { quiet: true }),
    })),
  );
  return (
    <section className="qm identities">
      <ListHead
        title={t('identitiesTitle')}
        segments={{
          label: t('identitiesTitle'),
          chosen: segment,
          onChoose: show,
          of: SEGMENTS.map((key) => ({ key, label: t(`segment-${key}`), count: counts[key] })),
        }}
      />
      {done && (
        <p className="done" role="status">
          <IconCircleCheck className="i" aria-hidden />
          {done}
        </p>
      )}
      {segment === 'pairs' && <PairDesk onDone={setDone} />}
      {segment === 'waiting' && <DecisionDesk which={waits} onDone={setDone} />}
      {segment === 'decided' && <DecisionDesk which={(each) => !waits(each)} onDone={setDone} />}
      {segment === 'takeOut' && <TakeOutDesk onDone={setDone} />}
    </section>
  );
}
