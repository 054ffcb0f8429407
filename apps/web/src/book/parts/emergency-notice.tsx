import { formatDateTime } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useWords } from '../book-context.tsx';
import { useLooks } from './use-looks.ts';

/** How long an emergency opening stands on the first page, in ms. */
const SHOWN_MS = 7 * 24 * 60 * 60 * 1000;

/** Tells at once that the record was opened in an emergency: by whom, where, why. */
export function EmergencyNotice() {
  const t = useWords();
  const { looks } = useLooks();
  const since = Date.now() - SHOWN_MS;
  const latest = looks.find(
    ({ purpose, action, at }) => purpose === 'emergency' && action === 'open' && Date.parse(at) > since,
  );
  if (!latest) return null;
  return (
    <Link to="/book/access" className="sheet emergency" role="alert">
      <IconAlertTriangle className="i" aria-hidden />
      <span>
        <b>{t('emergencyOpened')}</b>
        <span>
          {t('emergencyBy', {
            name: latest.name,
            place: latest.place ?? '',
            date: formatDateTime(latest.at),
            reason: latest.reason ?? '',
          })}
        </span>
        <small>{t('emergencyNext')}</small>
      </span>
    </Link>
  );
}
