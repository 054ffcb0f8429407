import {
  formatDate,
  formatDateTime,
  formatMonth,
  formatNumber,
  formatPersonNumber,
  formatTime,
  Mark,
  SourceBadge,
  useAgeWords,
  useLanguage,
  useSexWord,
} from '@yba/ui';
import { mrn, PERSON } from '@yba/vietnam';
import { useMemo } from 'react';
import { createPortal } from 'react-dom';
import { useScreenLock } from '../../auth/screen-lock.ts';
import { useSession } from '../../auth/session.ts';
import { useServerInfo } from '../../shell/server-info.ts';
import { insuranceOf } from '../chart/banner-person.ts';
import type { TabProps } from '../chart/chart-page.tsx';
import { useDoseWords } from '../chart/dose-words.ts';
import { missingParts, silentWords } from '../chart/missing-parts.ts';
import { useClinicText } from '../messages.ts';
import { allergyState } from '../record/allergies.ts';
import { resourcesOf } from '../record/chart.ts';
import { sourceOfCode } from '../record/facilities.ts';
import { currentMedicines } from '../record/medicines.ts';
import { isDiastolic, isSystolic } from '../record/panels.ts';
import { problemsOf } from '../record/problems.ts';
import { gridOf, seriesOf } from '../record/results.ts';
import { conceptWords, identifierIn, nameWords } from '../record/resource-words.ts';
import { visitsOf } from '../record/visits.ts';
import { AllergyBox } from './allergy-box.tsx';
import { Qr } from './qr.tsx';
import './paper.css';

/** Rows of 23 px that the page has for lists and results together, and the most each may take. */
const ROWS = { together: 15, lists: 9, visits: 4 };

/** What the paper holds, chosen so that it fits one page of A4; `left` counts what did not fit. */
function useContent({ chart }: TabProps, linesTaken: number) {
  return useMemo(() => {
    const { parts } = chart;
    const problems = problemsOf(resourcesOf(parts.conditions));
    const medicines = currentMedicines(resourcesOf(parts.medicines));
    const results = seriesOf(resourcesOf(parts.results));
    const pressure = seriesOf(resourcesOf(parts.vitals)).filter((one) => isSystolic(one) || isDiastolic(one));
    const grid = gridOf(results, 4, pressure);
    const lists = Math.min(ROWS.lists, Math.max(problems.length, medicines.length, 1));
    const tests = Math.max(3, ROWS.together - lists - linesTaken);
    const ranked = grid.rows
      .toSorted((a, b) => Number(flagged(b.cells)) - Number(flagged(a.cells)))
      .slice(0, tests);
    const coming = resourcesOf(parts.appointments).filter((one) => Date.parse(one.start ?? '') > Date.now());
    return {
      problems: problems.slice(0, ROWS.lists),
      medicines: medicines.slice(0, ROWS.lists),
      grid: { columns: grid.columns, rows: grid.rows.filter((row) => ranked.includes(row)) },
      visits: visitsOf(resourcesOf(parts.encounters), resourcesOf(parts.conditions)).slice(0, ROWS.visits),
      coming: coming.sort((a, b) => (a.start ?? '').localeCompare(b.start ?? ''))[0],
      left: {
        problems: Math.max(0, problems.length - ROWS.lists),
        medicines: Math.max(0, medicines.length - ROWS.lists),
        tests: Math.max(0, grid.rows.length - tests),
      },
    };
  }, [chart, linesTaken]);
}

const flagged = (cells: readonly ({ flag: unknown } | undefined)[]): boolean =>
  cells.some((cell) => cell?.flag !== undefined);

/** The summary of a record on one A4 page, black ink only: what is known, from where, and what is missing. Printed by Ctrl P. */
export function SummaryPaper(props: TabProps & { seal: string }) {
  const { chart, facilities, own, seal } = props;
  const t = useClinicText();
  const { locked } = useScreenLock();
  const age = useAgeWords();
  const sex = useSexWord();
  const dose = useDoseWords();
  const { language } = useLanguage();
  const session = useSession();
  const demo = useServerInfo()?.demo ?? false;
  const { patient } = chart;
  const insurance = insuranceOf(chart);
  const allergies = allergyState(chart.parts.allergies, facilities, own);
  const missing = [...silentWords(chart, t), ...missingParts(chart, t)];
  const listed = allergies.state === 'listed' ? allergies.allergies.length : 1;
  const content = useContent(props, Math.max(0, Math.min(listed, 5) - 2) + (missing.length > 0 ? 2 : 0));
  const facility = own ? facilities.get(own) : undefined;
  const readAt = new Date(chart.readAt);
  const number = identifierIn(patient, PERSON);
  const record = own ? identifierIn(patient, mrn(own)) : undefined;
  const sources = [
    ...new Set([
      ...content.problems.flatMap((one) => one.facilities),
      ...content.grid.columns.map((one) => one.facility),
    ]),
  ];
  const place = facility?.address?.split(',').at(-1)?.trim() ?? '';
  const [day, month, year] = formatDate(readAt).split('/');
  if (locked) return null;
  return createPortal(
    <article className="paper a4" aria-hidden="true" lang="vi">
      <div className="hd">
        <div className="l">
          <b className="u">
            {(facility?.name ?? session?.claims.facility_name ?? '').toLocaleUpperCase('vi')}
          </b>
          <div>{record ? t('paperRecord', { number: record }) : t('facilityCode', { code: own ?? '' })}</div>
        </div>
        <div>
          <b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b>
          <b className="u">Độc lập – Tự do – Hạnh phúc</b>
        </div>
      </div>
      <div className="tt">
        <div>
          <h1>{t('paperTitle')}</h1>
          <p>{t('paperAsOf', { time: formatTime(readAt), date: formatDate(readAt) })}</p>
          {demo && (
            <p>
              <span className="dm">{t('paperDemo')}</span>
            </p>
          )}
        </div>
        <Qr
          text={`${location.origin}/clinic/person/${patient.id}#${seal.replaceAll(' ', '')}`}
          label={t('paperQr')}
        />
      </div>
      <dl className="pt">
        <div className="c4">
          <dt>{t('paperName')}</dt>
          <dd className="big">{nameWords(patient.name).toLocaleUpperCase('vi')}</dd>
        </div>
        <div className="c3">
          <dt>{t('paperBorn')}</dt>
          <dd>
            {[formatDate(patient.birthDate), age(patient.birthDate)].filter(Boolean).join(' · ') ||
              t('unknown')}
          </dd>
        </div>
        <div className="c2">
          <dt>{t('paperSex')}</dt>
          <dd>{sex(patient.gender)}</dd>
        </div>
        <div className="c3 e">
          <dt>{t('paperNumber')}</dt>
          <dd>{number ? formatPersonNumber(number) : t('unknown')}</dd>
        </div>
        <div className="c6 z">
          <dt>{t('address')}</dt>
          <dd>{patient.address?.[0]?.text ?? t('unknown')}</dd>
        </div>
        <div className="c4 z">
          <dt>{t('paperInsurance')}</dt>
          <dd>
            {insurance
              ? [insurance.card, insurance.until && formatDate(insurance.until)].filter(Boolean).join(' · ')
              : t('unknown')}
          </dd>
        </div>
        <div className="c2 z e">
          <dt>{t('phone')}</dt>
          <dd>{patient.telecom?.find((one) => one.system === 'phone')?.value ?? t('unknown')}</dd>
        </div>
      </dl>
      <AllergyBox allergies={allergies} />
      <div className="two">
        <div>
          <h2>1. {t('problems')}</h2>
          <table className="even">
            <tbody>
              {content.problems.map((one) => (
                <tr key={one.key}>
                  <td className="name problem">{one.name}</td>
                  <td className="code">{one.code}</td>
                  <td className="nu year">{one.since.slice(0, 4)}</td>
                  <td className="nu badge">
                    <SourceBadge source={sourceOfCode(one.facilities[0], facilities, own)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {content.problems.length === 0 && (
            <p>{chart.parts.conditions.state === 'read' ? t('noProblems') : t('deniedPart')}</p>
          )}
          {content.left.problems > 0 && (
            <p className="left">{t('paperMore', { count: content.left.problems })}</p>
          )}
        </div>
        <div>
          <h2>2. {t('medicinesNow')}</h2>
          <table className="even">
            <tbody>
              {content.medicines.map((one) => (
                <tr key={one.key}>
                  <td className="name">
                    <b>{one.substance}</b> {one.strength}
                    {one.told ? `, ${t('toldShort')}` : ''}
                  </td>
                  <td className="nu dose">{dose(one)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {content.medicines.length === 0 && (
            <p>{chart.parts.medicines.state === 'read' ? t('noMedicines') : t('deniedPart')}</p>
          )}
          {content.left.medicines > 0 && (
            <p className="left">{t('paperMore', { count: content.left.medicines })}</p>
          )}
        </div>
      </div>
      <h2>
        3. {t('paperResults')}{' '}
        <small>
          <Mark kind="high" silent /> {t('legendHigh')}, <Mark kind="low" silent /> {t('legendLow')}{' '}
          {t('paperAgainst')}
        </small>
      </h2>
      {content.grid.rows.length === 0 ? (
        <p>{chart.parts.results.state === 'read' ? t('noResults') : t('deniedPart')}</p>
      ) : (
        <table className="fixed">
          <thead>
            <tr>
              <th>{t('test')}</th>
              <th>{t('unit')}</th>
              <th>{t('reference')}</th>
              {content.grid.columns.map((column) => (
                <th className="nu" key={column.key}>
                  <SourceBadge source={sourceOfCode(column.facility, facilities, own)} />{' '}
                  {formatDate(column.day)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {content.grid.rows.map(({ series, cells }) => (
              <tr key={series.key}>
                <td>{series.name}</td>
                <td>{series.unit}</td>
                <td>
                  {(series.values.at(-1)?.referenceText ?? '').replace(/\d+(\.\d+)?/g, (digits) =>
                    formatNumber(digits, language),
                  )}
                </td>
                {cells.map((cell, index) => (
                  <td key={content.grid.columns[index]?.key} className={cell?.flag ? 'nu o' : 'nu'}>
                    {cell?.flag && <Mark kind={cell.flag} silent />}
                    {cell ? formatNumber(cell.text, language) : t('notMeasured')}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {content.left.tests > 0 && <p className="left">{t('paperMore', { count: content.left.tests })}</p>}
      <div className="two">
        <div>
          <h2>4. {t('paperVisits')}</h2>
          {content.visits.map((one) => (
            <p className="visit1" key={one.id}>
              <SourceBadge source={sourceOfCode(one.facility, facilities, own)} />{' '}
              {formatDate(new Date(one.at))} {t(`kind-${one.kind}`)}:{' '}
              {one.diagnoses[0] ?? (one.reason || t('notSaid'))}
            </p>
          ))}
        </div>
        <div>
          <h2>5. {t('paperPlan')}</h2>
          <p>
            {content.coming
              ? t('paperNext', {
                  when: formatDateTime(content.coming.start),
                  what: conceptWords(content.coming.serviceType?.[0]),
                })
              : t('paperNoNext')}
          </p>
          <div className="dots" />
          <div className="dots" />
        </div>
      </div>
      <div className="ms">
        {missing.length > 0 && (
          <>
            <b>{t('paperPartial')}</b> {missing.join(' · ')}.{' '}
          </>
        )}
        {t('paperSources')}{' '}
        {sources.map((code, index) => {
          const source = sourceOfCode(code, facilities, own);
          return (
            <span key={code}>
              {index > 0 && ', '}
              <SourceBadge source={source} /> {source.name}
            </span>
          );
        })}
        {content.grid.columns[0] &&
          ` · ${t('paperSince', { month: formatMonth(content.grid.columns[0].day) })}`}
      </div>
      <div className="sg">
        <div>
          <i>&nbsp;</i>
          <b>{t('paperPatientSigns')}</b>
          <i>{t('paperSignHint')}</i>
        </div>
        <div>
          <i>{t('paperDay', { place, day: day ?? '', month: month ?? '', year: year ?? '' })}</i>
          <b>{t('paperStaffSigns')}</b>
          <i>{t('paperSignHint')}</i>
        </div>
      </div>
      <div className="foot">
        <span>{t('paperForm')}</span>
        <span>
          {t('paperPrinted', { when: formatDateTime(readAt), name: session?.claims.name ?? '', seal })}
        </span>
        <span>{t('paperPage')}</span>
      </div>
    </article>,
    document.body,
  );
}
