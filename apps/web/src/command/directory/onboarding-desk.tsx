import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, formatDateTime, LoadingState, StatusWord } from '@yba/ui';
import { IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { ask, carryOut, type Told } from './call.ts';
import { TextField, WorkDialog } from './form.tsx';
import { HandOvers } from './hand-overs.tsx';
import { useDirectoryText, type DirectoryKey } from './messages.ts';
import { toneOf } from './onboarding-page.tsx';
import { TestRuns } from './test-runs.tsx';

/** Steps that shut somebody out. */
const HARD: readonly string[] = ['suspend', 'terminate', 'reject'];

/** One application: where it stands, what can be done next, what was done by whom and why. */
export function OnboardingDesk({ id }: { id: string }) {
  const t = useDirectoryText();
  const client = useQueryClient();
  const [step, setStep] = useState<string>();
  const [secret, setSecret] = useState<{ id: string; secret: string }>();
  const answer = useQuery({
    queryKey: ['onboarding', id],
    queryFn: ({ signal }) => ask('$onboardings', { id }, signal),
  });
  if (answer.isPending) return <LoadingState rows={8} />;
  const row = answer.data?.list('onboarding')[0];
  if (answer.isError || !row) return <ReadFailed of={answer} />;
  const state = row.value('state');
  const done = async (given: Told) => {
    if (given.value('clientSecret'))
      setSecret({ id: given.value('clientId'), secret: given.value('clientSecret') });
    await Promise.all([
      client.invalidateQueries({ queryKey: ['onboarding', id] }),
      client.invalidateQueries({ queryKey: ['onboardings'] }),
    ]);
  };
  return (
    <section className="one" aria-label={row.value('name')}>
      <header>
        <h2>{row.value('name')}</h2>
        {row.value('facility') && <code>{row.value('facility')}</code>}
        <StatusWord tone={toneOf(state)}>{t(`on-${state}` as DirectoryKey)}</StatusWord>
      </header>
      <p className="sub">
        {[row.value('address'), row.value('contactName'), row.value('contactPhone'), row.value('vendor')]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <div className="acts">
        {row.values('open').map((one, index) => (
          <Button
            key={one}
            look={
              one === 'back' ? 'quiet' : HARD.includes(one) ? 'danger' : index === 0 ? 'primary' : 'plain'
            }
            onClick={() => setStep(one)}
          >
            {t(`step-${one}` as DirectoryKey)}
          </Button>
        ))}
      </div>
      {secret && <Secret {...secret} />}
      <TestRuns row={row} />
      {(state === 'terminated' || row.values('open').includes('resume')) && row.value('facility') && (
        <HandOvers facility={row.value('facility')} ready={state === 'terminated'} />
      )}
      <div>
        <h3>{t('stepsTitle')}</h3>
        <ol className="facts">
          {row
            .list('step')
            .toReversed()
            .map((one, index) => (
              <li key={index}>
                <span className="days">{formatDateTime(one.value('at'))}</span>
                <b>{t(`step-${one.value('step')}` as DirectoryKey)}</b>
                <span>
                  {one.value('by')}
                  {one.value('why') && `: ${one.value('why')}`}
                </span>
              </li>
            ))}
        </ol>
      </div>
      {step && (
        <StepDialog
          id={id}
          step={step}
          suggested={row.value('suggestedCode')}
          onClose={() => setStep(undefined)}
          onDone={done}
        />
      )}
    </section>
  );
}

function StepDialog({
  id,
  step,
  suggested,
  onClose,
  onDone,
}: {
  id: string;
  step: string;
  suggested: string;
  onClose: () => void;
  onDone: (given: Told) => Promise<void>;
}) {
  const t = useDirectoryText();
  const [why, setWhy] = useState('');
  const [code, setCode] = useState(suggested);
  const work = async () =>
    onDone(
      await carryOut('$advance-onboarding', { id, step, why, ...(step === 'give-code' ? { code } : {}) }),
    );
  return (
    <WorkDialog
      title={t(`step-${step}` as DirectoryKey)}
      action={t('confirmStep')}
      danger={HARD.includes(step)}
      work={work}
      onClose={onClose}
    >
      {step === 'give-code' && (
        <TextField label={t('codeToGive')} hint={t('codeHint')} required value={code} onChange={setCode} />
      )}
      <TextField label={t('why')} hint={t('whyHint')} required value={why} onChange={setWhy} />
    </WorkDialog>
  );
}

function Secret({ id, secret }: { id: string; secret: string }) {
  const t = useDirectoryText();
  const [copied, setCopied] = useState(false);
  return (
    <div className="secret" role="status">
      <p>{t('secretOnce')}</p>
      <dl>
        <dt>{t('clientId')}</dt>
        <dd>
          <code>{id}</code>
        </dd>
        <dt>{t('clientSecret')}</dt>
        <dd>
          <code>{secret}</code>
        </dd>
      </dl>
      <Button
        className="small"
        onClick={() => void navigator.clipboard.writeText(`${id}\n${secret}`).then(() => setCopied(true))}
      >
        <IconCopy className="i" aria-hidden />
        {t(copied ? 'copied' : 'copy')}
      </Button>
    </div>
  );
}
