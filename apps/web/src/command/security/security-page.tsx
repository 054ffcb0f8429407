import { Button, formatDateTime, LoadingState, StatusWord, useLanguage, usePageTitle } from '@yba/ui';
import { IconAlertTriangle, IconDownload, IconFileText } from '@tabler/icons-react';
import { useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useCommandText } from '../messages.ts';
import {
  AREAS,
  LEVELS,
  readFile,
  useSecurityFile,
  type Control,
  type Level,
  type SecurityFile,
} from './read-file.ts';

/** The security-level file: each control with what the system measured, or what a person has to show. Prints on A4. `inside` another page: a section of it. */
export function SecurityPage({ inside = false }: { inside?: boolean }) {
  const t = useCommandText();
  const { language } = useLanguage();
  usePageTitle(t('securityTitle'));
  const [level, setLevel] = useState<Level>('3');
  const answer = useSecurityFile(level);
  const [Frame, Heading] = inside ? (['section', 'h1'] as const) : (['main', 'h2'] as const);
  return (
    <Frame className="secfile">
      <header>
        <Heading>{t('securityTitle')}</Heading>
        <div className="segs" role="group" aria-label={t('securityLevel')}>
          {LEVELS.map((one) => (
            <button
              key={one}
              type="button"
              className={one === level ? 'on' : ''}
              aria-pressed={one === level}
              onClick={() => setLevel(one)}
            >
              {t('levelIs', { level: one })}
            </button>
          ))}
        </div>
        {answer.data && (
          <Button onClick={() => keep(readFile(answer.data, level, language))}>
            <IconDownload className="i" aria-hidden />
            {t('keepJson')}
          </Button>
        )}
      </header>
      {answer.isPending && <LoadingState rows={12} />}
      {answer.isError && <ReadFailed of={answer} title={t('errorTitle')} />}
      {answer.data && <File file={readFile(answer.data, level, language)} />}
    </Frame>
  );
}

function File({ file }: { file: SecurityFile }) {
  const t = useCommandText();
  const count = (state: Control['state']) => file.controls.filter((one) => one.state === state).length;
  return (
    <>
      <p className="sum" role="status">
        <b>{t('levelIs', { level: file.level })}</b>
        <StatusWord tone="ok">{t('countMet', { count: count('met') })}</StatusWord>
        <StatusWord tone="bad" icon={<IconAlertTriangle className="i" aria-hidden />}>
          {t('countNotMet', { count: count('not-met') })}
        </StatusWord>
        <StatusWord icon={<IconFileText className="i" aria-hidden />}>
          {t('countDocument', { count: count('document') })}
        </StatusWord>
        <span className="when">
          {t('measuredAt', { time: formatDateTime(file.measured), version: file.version })}
        </span>
      </p>
      <p className="note">
        {t('securityNote')}
        {file.demo ? ` ${t('securityDemo')}` : ''}
      </p>
      <div className="tablebox" tabIndex={0} role="region" aria-label={t('securityTitle')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('control')}</th>
              <th scope="col">{t('standing')}</th>
              <th scope="col">{t('evidence')}</th>
            </tr>
          </thead>
          {AREAS.filter((area) => file.controls.some((one) => one.area === area)).map((area) => (
            <tbody key={area}>
              <tr className="area">
                <th scope="rowgroup" colSpan={3}>
                  {t(`area-${area}`)}
                </th>
              </tr>
              {file.controls
                .filter((one) => one.area === area)
                .map((one) => (
                  <ControlRow key={one.id} control={one} />
                ))}
            </tbody>
          ))}
        </table>
      </div>
    </>
  );
}

const TONES = { met: 'ok', 'not-met': 'bad', document: 'plain' } as const;

function ControlRow({ control }: { control: Control }) {
  const t = useCommandText();
  const icon =
    control.state === 'met' ? undefined : control.state === 'not-met' ? (
      <IconAlertTriangle className="i" aria-hidden />
    ) : (
      <IconFileText className="i" aria-hidden />
    );
  return (
    <tr>
      <th scope="row">
        <span className="id">{control.id}</span> {control.title}
        {control.required && (
          <small>
            {control.required}
            {!control.certain && <em> · {t('toCheck')}</em>}
          </small>
        )}
      </th>
      <td>
        <StatusWord tone={TONES[control.state]} icon={icon}>
          {t(`state-${control.state}`)}
        </StatusWord>
      </td>
      <td>{control.evidence}</td>
    </tr>
  );
}

/** Gives the server's answer to the browser as a file. */
function keep({ whole, level, measured }: SecurityFile): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `yba-security-level-${level}-${measured.slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
