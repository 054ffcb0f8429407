import { formatDate, SourceBadge, StatusWord } from '@yba/ui';
import { withdrawnOf } from '../../fhir/withdrawn.ts';
import { useClinicText } from '../messages.ts';
import { resourcesOf } from '../record/chart.ts';
import { sourceOfCode } from '../record/facilities.ts';
import { medicinesOf } from '../record/medicines.ts';
import type { TabProps } from './chart-page.tsx';
import { PartState } from './part-state.tsx';
import { WithdrawnFold } from './withdrawn-fold.tsx';

/** Every prescription of every hospital, newest first: what is taken now, and what is over. */
export function MedicinesTab({ chart, facilities, own }: TabProps) {
  const t = useClinicText();
  const rows = medicinesOf(resourcesOf(chart.parts.medicines)).sort(
    (a, b) => Number(b.active) - Number(a.active),
  );
  return (
    <div className="scroll full" tabIndex={0} role="region" aria-label={t('tab-medicines')}>
      <PartState part={chart.parts.medicines}>
        {rows.length === 0 ? (
          <p className="none">{t('noMedicines')}</p>
        ) : (
          <table className="qt plain">
            <thead>
              <tr>
                <th>{t('medicine')}</th>
                <th>{t('dose')}</th>
                <th>{t('quantity')}</th>
                <th>{t('prescribedOn')}</th>
                <th>{t('source')}</th>
                <th>{t('status')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const source = row.told
                  ? ({ letters: 'NB', name: '', kind: 'patient' } as const)
                  : sourceOfCode(row.facility, facilities, own);
                return (
                  <tr key={row.key}>
                    <td>
                      <b>
                        {row.substance} {row.strength}
                      </b>
                    </td>
                    <td className="wrap">{row.dose || <span className="miss">{t('doseUnknown')}</span>}</td>
                    <td>{row.quantity}</td>
                    <td>{formatDate(row.authoredOn)}</td>
                    <td>
                      <SourceBadge source={source} /> {row.told ? t('toldByPatient') : source.name}
                      <small>{row.prescriber}</small>
                    </td>
                    <td>
                      <StatusWord tone={row.active ? 'go' : 'plain'}>
                        {t(row.active ? 'taking' : row.status === 'stopped' ? 'stopped' : 'over')}
                      </StatusWord>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
        <WithdrawnFold
          items={withdrawnOf(resourcesOf(chart.parts.medicines))}
          facilities={facilities}
          own={own}
        />
      </PartState>
    </div>
  );
}
