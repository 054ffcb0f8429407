import { Button, formatDateTime, LoadingState, StatusWord, usePageTitle } from '@yba/ui';
import { IconCircleCheck } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { ReadFailed } from '../../../fhir/read-failed.tsx';
import { ListHead } from '../../lists/list-head.tsx';
import { spanWords } from '../alerts/alert-words.ts';
import { SavingForm } from '../../saving-form.tsx';
import { usePrivacyText } from '../messages.ts';
import {
  setThreshold,
  useThresholds,
  type Change,
  type ThresholdRule,
  type Value,
  type Version,
} from './thresholds.ts';

/** When alerts are raised at this facility: each rule in words, its values within their bounds, and who set them. */
export function ThresholdsPage() {
  const t = usePrivacyText();
  usePageTitle(t('thresholdsTitle'));
  const list = useThresholds();
  const [done, setDone] = useState<string>();
  return (
    <section className="qm alerts">
      <ListHead title={t('thresholdsTitle')} />
      {done && (
        <p className="done" role="status">
          <IconCircleCheck className="i" aria-hidden />
          {done}
        </p>
      )}
      {list.isPending && <LoadingState rows={8} />}
      {list.isError && <ReadFailed of={list} />}
      {list.data && (
        <div className="scroll thresholds" tabIndex={0} role="region" aria-label={t('thresholdsTitle')}>
          <p className="hint">{t('thresholdsLead')}</p>
          {list.data.map((rule) => (
            <Rule key={`${rule.rule} ${rule.versions[0]?.since ?? ''}`} rule={rule} onDone={setDone} />
          ))}
        </div>
      )}
    </section>
  );
}

function Rule({
  rule: { rule, bounds, versions },
  onDone,
}: {
  rule: ThresholdRule;
  onDone: (said: string) => void;
}) {
  const t = usePrivacyText();
  const [now] = versions;
  const fixed = bounds.length === 0;
  return (
    <section className="panel" aria-label={t(`rule-${rule}`)}>
      <header>
        <h2>
          {t(`rule-${rule}`)} {now?.own && <StatusWord>{t('thresholdOwn')}</StatusWord>}
        </h2>
      </header>
      <p className="why">{now && whenRaised(rule, now, t)}</p>
      {fixed ? (
        <p className="hint">{t('thresholdFixed')}</p>
      ) : (
        <>
          <Change rule={rule} bounds={bounds} versions={versions} onDone={onDone} />
          <ul className="versions">
            {versions.map((version, n) => (
              <li key={`${version.since} ${version.own}`}>
                <b>{n === 0 ? t('thresholdNow') : formatDateTime(version.since)}</b>
                <span>{whenRaised(rule, version, t)}</span>
                <small>{saidOf(version, t)}</small>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** When a rule raises an alert, with its values. */
function whenRaised(rule: ThresholdRule['rule'], { values }: Version, t: ReturnType<typeof usePrivacyText>) {
  return t(`threshold-${rule}`, { ...values, span: spanWords(values.minutes ?? 0, t) });
}

/** Who set a version, when and why. */
function saidOf({ own, by, since, words }: Version, t: ReturnType<typeof usePrivacyText>): string {
  if (!own) return t('thresholdEverywhere');
  return [t('thresholdBy', { name: by, date: formatDateTime(since) }), words && `“${words}”`]
    .filter(Boolean)
    .join(' · ');
}

function Change({ rule, bounds, versions, onDone }: ThresholdRule & { onDone: (said: string) => void }) {
  const t = usePrivacyText();
  const id = useId();
  const now = versions[0]!.values;
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState('values');
  const [values, setValues] = useState<Partial<Record<Value, number>>>(now);
  const [words, setWords] = useState('');
  const former = versions.slice(1).filter(({ own }) => own);
  if (!open)
    return (
      <Button aria-label={t('thresholdChangeOf', { rule: t(`rule-${rule}`) })} onClick={() => setOpen(true)}>
        {t('thresholdChange')}
      </Button>
    );
  const change = (): Change =>
    kind === 'common'
      ? { common: true }
      : kind === 'values'
        ? Object.fromEntries(bounds.map(({ of }) => [of, values[of] ?? 0]))
        : { since: kind };
  const fault = () => {
    const beyond =
      kind === 'values' &&
      bounds.find(({ of, least, most }) => !((values[of] ?? NaN) >= least && (values[of] ?? NaN) <= most));
    if (beyond)
      return t('thresholdBeyond', { what: t(`value-${beyond.of}`), least: beyond.least, most: beyond.most });
    return words.trim().split(/\s+/).length < 2 ? t('twoWords') : undefined;
  };
  return (
    <SavingForm
      className="change"
      submit={t('thresholdSave')}
      fault={fault}
      save={async () => {
        await setThreshold(rule, change(), words);
        return t('thresholdDone', { rule: t(`rule-${rule}`) });
      }}
      onDone={onDone}
      reload="privacy-thresholds"
      hint={<Button onClick={() => setOpen(false)}>{t('thresholdCancel')}</Button>}
    >
      {(failed) => (
        <>
          <div className="field">
            <label htmlFor={`${id}-kind`}>{t('thresholdTo')}</label>
            <select id={`${id}-kind`} value={kind} onChange={(event) => setKind(event.target.value)}>
              <option value="values">{t('thresholdNew')}</option>
              {former.map(({ since }) => (
                <option key={since} value={since}>
                  {t('thresholdFormer', { date: formatDateTime(since) })}
                </option>
              ))}
              {versions[0]!.own && <option value="common">{t('thresholdCommon')}</option>}
            </select>
          </div>
          {kind === 'values' &&
            bounds.map(({ of, least, most }) => (
              <div className="field num" key={of}>
                <label htmlFor={`${id}-${of}`}>{t(`value-${of}`)}</label>
                <input
                  id={`${id}-${of}`}
                  type="number"
                  min={least}
                  max={most}
                  step={1}
                  value={values[of] ?? ''}
                  aria-invalid={failed}
                  aria-describedby={`${id}-${of}-bounds`}
                  onChange={(event) => setValues({ ...values, [of]: event.target.valueAsNumber })}
                />
                <small id={`${id}-${of}-bounds`}>{t('thresholdBounds', { least, most })}</small>
              </div>
            ))}
          <div className="field">
            <label htmlFor={`${id}-words`}>{t('thresholdWhy')}</label>
            <input
              id={`${id}-words`}
              value={words}
              maxLength={500}
              autoComplete="off"
              onChange={(event) => setWords(event.target.value)}
            />
          </div>
        </>
      )}
    </SavingForm>
  );
}
