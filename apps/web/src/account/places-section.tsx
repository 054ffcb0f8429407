import { Button, facilityLetters, formatDate, StatusWord, todayInVietNam } from '@yba/ui';
import type { StaffRole } from '../clinic/shell/roles.ts';
import { switchFacility, type Account, type Change } from './account.ts';
import { useAccountText } from './messages.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A licence that ends within so many days is said to. */
const SOON_DAYS = 90;

/** Where one works, with the switch; and one's licence to practise. */
export function PlacesSection({ account, change }: { account: Account; change: Change }) {
  const t = useAccountText();
  return (
    <>
      <section className="ac" aria-labelledby="ac-places">
        <h2 id="ac-places">{t('places')}</h2>
        <ul className="aclist">
          {account.facilities.map(({ facility, facilityName, role }) => (
            <li key={facility}>
              <span className="letters" aria-hidden="true">
                {facilityLetters(facilityName)}
              </span>
              <span className="what">
                <b>{facilityName}</b>
                <small>
                  {t(`role-${role as StaffRole}`)} · {facility}
                </small>
              </span>
              {facility === account.facility ? (
                <StatusWord tone="ok">{t('here')}</StatusWord>
              ) : (
                <Button
                  className="mini"
                  disabled={change.busy}
                  aria-label={t('switchToNamed', { name: facilityName })}
                  onClick={() => change.run(() => switchFacility(facility).then(() => ''))}
                >
                  {t('switchTo')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </section>
      <section className="ac" aria-labelledby="ac-licence">
        <h2 id="ac-licence">{t('licence')}</h2>
        {account.licence ? <Licence licence={account.licence} /> : <p className="none">{t('licenceNone')}</p>}
      </section>
    </>
  );
}

function Licence({ licence }: { licence: NonNullable<Account['licence']> }) {
  const t = useAccountText();
  const { number, scope, validUntil } = licence;
  const days = validUntil
    ? Math.round((Date.parse(validUntil) - Date.parse(todayInVietNam())) / DAY_MS)
    : undefined;
  return (
    <dl className="facts">
      <dt>{t('licenceNumber')}</dt>
      <dd>{number}</dd>
      {scope && (
        <>
          <dt>{t('licenceScope')}</dt>
          <dd>{scope}</dd>
        </>
      )}
      <dt>{t('licenceUntil')}</dt>
      <dd>
        {validUntil ? formatDate(validUntil) : t('licenceForGood')}
        {validUntil && days !== undefined && days < 0 && (
          <StatusWord tone="bad">{t('licenceExpired', { date: formatDate(validUntil) })}</StatusWord>
        )}
        {days !== undefined && days >= 0 && days <= SOON_DAYS && (
          <StatusWord tone="warn">{t('licenceEnds', { count: days })}</StatusWord>
        )}
      </dd>
    </dl>
  );
}
