import { formatDateTime, StatusWord, useLanguage } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Told } from './call.ts';
import { useDirectoryText } from './messages.ts';

/** The test runs of an application, the newest first and with all that was found in it: place, fault, remedy and rule. */
export function TestRuns({ row }: { row: Told }) {
  const t = useDirectoryText();
  const tests = row.list('test');
  if (tests.length === 0 && row.value('state') !== 'credentialed') return null;
  const waits = row.value('state') === 'credentialed' || row.value('state') === 'tested';
  return (
    <div className="testruns">
      <h3>{t('testsTitle')}</h3>
      {tests.length === 0 && <p className="quiet">{t('testsNone')}</p>}
      {waits && <p className="quiet">{t('testsRule')}</p>}
      <ol className="facts">
        {tests.map((test, index) => (
          <li key={index}>
            <span className="days">{formatDateTime(test.value('at'))}</span>
            <StatusWord tone={test.flag('passed') ? 'ok' : 'bad'}>
              {t(test.flag('passed') ? 'testPassed' : 'testFailed')}
            </StatusWord>
            <span>
              {t('testWords', {
                resources: test.value('resources'),
                dossiers: test.value('dossiers'),
                messages: test.value('messages'),
                errors: test.value('errors'),
                warnings: test.value('warnings'),
              })}
              <small>{t(readWords(test))}</small>
              {index > 0 && test.values('rule').length > 0 && (
                <small>{test.values('rule').join(' · ')}</small>
              )}
            </span>
          </li>
        ))}
      </ol>
      {tests[0] && <Findings test={tests[0]} />}
    </div>
  );
}

const readWords = (test: Told) =>
  test.value('read') === '' ? 'sampleNotTried' : test.flag('read') ? 'sampleRead' : 'sampleMisread';

function Findings({ test }: { test: Told }) {
  const t = useDirectoryText();
  const { language } = useLanguage();
  const findings = test.list('finding');
  if (findings.length === 0) return null;
  const suffix = language === 'vi' ? 'Vi' : 'En';
  return (
    <div className="tablebox" tabIndex={0} role="region" aria-label={t('findingsTitle')}>
      <table className="found">
        <thead>
          <tr>
            <th scope="col">{t('findingPlace')}</th>
            <th scope="col">{t('findingWhat')}</th>
            <th scope="col">{t('findingFix')}</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((one, index) => (
            <tr key={index}>
              <th scope="row">
                <StatusWord
                  tone={one.value('severity') === 'error' ? 'bad' : 'warn'}
                  icon={<IconAlertTriangle className="i" aria-hidden />}
                >
                  {t(one.value('severity') === 'error' ? 'severityError' : 'severityWarning')}
                </StatusWord>
                <code>{one.value('path')}</code>
                <small>
                  {one.value('file')}
                  {one.value('more') && ` · ${t('findingMore', { count: one.value('more') })}`}
                </small>
              </th>
              <td>{one.value(`found${suffix}`)}</td>
              <td>
                <b>{one.value(`fix${suffix}`)}</b>
                <small>
                  {one.value(`title${suffix}`)} · <code>{one.value('rule')}</code> · {one.value('source')}
                </small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
