import { formatDateTime, formatNumber, formatPercent, useLanguage } from '@yba/ui';
import { useCommandText } from '../messages.ts';
import { sendingIn } from '../figures/measures.ts';
import type { Figures } from '../figures/read-figures.ts';
import { ratioOf } from '../figures/states.ts';
import { provinceName } from '../map/provinces.ts';

/** The same figures as the map, as a table: 34 provinces and the whole country. */
export function ProvincesTable({
  figures,
  chosen,
  onChoose,
}: {
  figures: Figures;
  chosen: string | undefined;
  onChoose: (code: string | undefined) => void;
}) {
  const t = useCommandText();
  const { language } = useLanguage();
  const number = (value: number) => formatNumber(value, language);
  const percent = (part: number, whole: number) => {
    const ratio = ratioOf({ part, whole });
    return ratio === undefined ? '–' : formatPercent(ratio, language);
  };
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('provincesTable')}>
      <table className="ptable">
        <caption className="vh">{t('provincesTable')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('province')}</th>
            <th scope="col" className="nu">
              {t('facilities')}
            </th>
            <th scope="col" className="nu">
              {t('connected')}
            </th>
            <th scope="col" className="nu">
              {t('share')}
            </th>
            <th scope="col" className="nu">
              {t('sending24')}
            </th>
            <th scope="col" className="nu">
              {t('visits')}
            </th>
            <th scope="col" className="nu">
              {t('lastContact')}
            </th>
          </tr>
        </thead>
        <tbody>
          {figures.provinces.map((province) => (
            <tr key={province.code} className={province.code === chosen ? 'on' : undefined}>
              <th scope="row">
                <button
                  type="button"
                  aria-pressed={province.code === chosen}
                  onClick={() => onChoose(province.code === chosen ? undefined : province.code)}
                >
                  {provinceName(province.code, language) ?? province.name}
                </button>
              </th>
              <td className="nu">{number(province.facilities)}</td>
              <td className="nu">{number(province.connected)}</td>
              <td className="nu">{percent(province.connected, province.facilities)}</td>
              <td className="nu">{number(sendingIn(figures, province.code))}</td>
              <td className="nu">{number(province.visitsToday)}</td>
              <td className={province.lastContact ? 'nu' : 'nu q'}>
                {province.lastContact ? formatDateTime(province.lastContact) : t('noData')}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('total')}</th>
            <td className="nu">{number(figures.facilities)}</td>
            <td className="nu">{number(figures.connected)}</td>
            <td className="nu">{percent(figures.connected, figures.facilities)}</td>
            <td className="nu">{number(figures.sending)}</td>
            <td className="nu">{number(figures.visitsToday)}</td>
            <td className="nu" />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
