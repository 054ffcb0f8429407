import { Button, formatDateTime, useKeys } from '@yba/ui';
import { IconBell } from '@tabler/icons-react';
import { useMarkRead, useNews } from '../../fhir/notices.ts';
import { useReferralText } from './messages.ts';

/** Where the news of the facility lies; under `referrals`, which the live stream moves. */
const NEWS_KEY = ['referrals', 'news'] as const;
const LINES = 4;

/** News that this member of staff has not read: what became of whom the facility sent, and of its own patients elsewhere. */
export const useReferralNews = (enabled: boolean) => useNews(NEWS_KEY, enabled);

/** Unread news above the list, each leading to its referral; V says that they are read. */
export function NewsBar({ enabled, onChoose }: { enabled: boolean; onChoose: (task: string) => void }) {
  const t = useReferralText();
  const { data } = useReferralNews(enabled);
  const markRead = useMarkRead(NEWS_KEY);
  const unread = (data?.notices ?? []).filter((one) => one.unread);
  const read = () => void markRead(data).catch(() => {});
  useKeys(unread.length > 0 ? [{ keys: 'V', label: t('newsRead'), run: read }] : []);
  if (unread.length === 0) return null;
  return (
    <div className="newsbar" role="status">
      <IconBell className="i" aria-hidden />
      <ul>
        {unread.slice(0, LINES).map(({ id, task, code, person, to, at }) => (
          <li key={id}>
            <button type="button" onClick={() => onChoose(task)}>
              <b>{person}</b> {t(code === 'expire' ? 'newsMissed' : `tick-${code}`)} · {to} ·{' '}
              {formatDateTime(at)}
            </button>
          </li>
        ))}
        {unread.length > LINES && <li>{t('newsMore', { count: unread.length - LINES })}</li>}
      </ul>
      <Button className="tight" keys="V" onClick={read}>
        {t('newsRead')}
      </Button>
    </div>
  );
}
