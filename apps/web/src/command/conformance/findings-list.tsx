import { StatusWord, useLanguage } from '@yba/ui';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { useConformanceText } from './messages.ts';
import type { Checked, Finding } from './results.ts';

/** What a check found: place, what stands there, what to do, by which rule. */
export function FindingsList({ checked }: { checked: Checked }) {
  const t = useConformanceText();
  const { language } = useLanguage();
  const { findings } = checked;
  return (
    <section className="findings" aria-label={t('results')}>
      <p className="sum" role="status">
        <b>{t(`format-${checked.format}` as 'format-fhir')}</b>
        <StatusWord tone={checked.errors === 0 ? 'ok' : 'bad'}>
          {t('errorsCount', { count: checked.errors })}
        </StatusWord>
        <span>{t('warningsCount', { count: checked.warnings })}</span>
        <span>{t('notesCount', { count: checked.information })}</span>
        {checked.rulesChecked > 0 && (
          <span>{t('rulesHold', { part: checked.rulesPassed, whole: checked.rulesChecked })}</span>
        )}
        {checked.kept && <span className="when">{t('kept')}</span>}
      </p>
      {findings.length === 0 && checked.format !== 'unknown' && <p>{t('clean')}</p>}
      {checked.unchecked.length > 0 && (
        <p className="note">
          {t('unchecked')} {checked.unchecked.map((one) => `${one[language]} (${one.source})`).join('; ')}.
        </p>
      )}
      {findings.length > 0 && (
        <div className="tablebox" tabIndex={0} role="region" aria-label={t('whatFound')}>
          <table className="found">
            <thead>
              <tr>
                <th scope="col">{t('place')}</th>
                <th scope="col">{t('whatFound')}</th>
                <th scope="col">{t('fix')}</th>
              </tr>
            </thead>
            <tbody>
              {findings.map((one, at) => (
                <FindingRow key={at} one={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const TONES = { error: 'bad', warning: 'warn', information: 'plain' } as const;

function FindingRow({ one }: { one: Finding }) {
  const t = useConformanceText();
  const { language } = useLanguage();
  const Icon = one.severity === 'information' ? IconInfoCircle : IconAlertTriangle;
  return (
    <tr>
      <th scope="row">
        <StatusWord tone={TONES[one.severity]} icon={<Icon className="i" aria-hidden />}>
          {t(`severity-${one.severity}`)}
        </StatusWord>
        <code>{one.path}</code>
        {one.line && <small>{t('line', { line: one.line })}</small>}
        {one.more && <small>{t('more', { count: one.more })}</small>}
      </th>
      <td>{one.found[language]}</td>
      <td>
        <b>{one.fix[language]}</b>
        <small>
          <code>{one.rule}</code> · {one.source}
        </small>
      </td>
    </tr>
  );
}
