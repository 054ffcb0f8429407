import { formatNumber, useLanguage } from '@yba/ui';
import { useCommandText } from '../messages.ts';
import { visitPlaces } from '../figures/flow.ts';
import type { Figures } from '../figures/read-figures.ts';
import { provinceName } from '../map/provinces.ts';

const shown = 5;

/** Where today's visits were: the busiest provinces, the others together, and their sum. */
export function PlacesPanel({
  figures,
  onChoose,
}: {
  figures: Figures;
  onChoose: (province: string) => void;
}) {
  const t = useCommandText();
  const { language } = useLanguage();
  const number = (value: number) => formatNumber(value, language);
  const { top, rest, restProvinces, unplaced } = visitPlaces(figures, shown);
  return (
    <section className="places">
      <header className="head">
        <h2>{t('placesTitle')}</h2>
        <span>{t('placesOf', { count: number(figures.visitsToday) })}</span>
      </header>
      {figures.visitsToday === 0 ? (
        <p className="quiet">{t('placesNone')}</p>
      ) : (
        <ol>
          {top.map((province) => (
            <li key={province.code}>
              <button type="button" onClick={() => onChoose(province.code)}>
                {provinceName(province.code, language) ?? province.name}
              </button>
              <i aria-hidden="true">
                <i style={{ width: `${(province.visitsToday / top[0]!.visitsToday) * 100}%` }} />
              </i>
              <b>{number(province.visitsToday)}</b>
            </li>
          ))}
          {rest > 0 && (
            <li>
              <span>{t('placesRest', { count: restProvinces })}</span>
              <i aria-hidden="true" />
              <b>{number(rest)}</b>
            </li>
          )}
          {unplaced > 0 && (
            <li>
              <span>{t('placesUnplaced')}</span>
              <i aria-hidden="true" />
              <b>{number(unplaced)}</b>
            </li>
          )}
          <li className="sum">
            <span>{t('placesTotal')}</span>
            <i aria-hidden="true" />
            <b>{number(figures.visitsToday)}</b>
          </li>
        </ol>
      )}
    </section>
  );
}
