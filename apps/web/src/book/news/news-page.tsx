import { formatDateTime, LoadingState } from '@yba/ui';
import { IconBell, IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useMarkRead, useNews, type Notice } from '../../fhir/notices.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useBook } from '../book-context.tsx';
import { Nothing, Page } from '../parts/page.tsx';
import { useNewsWords } from './messages.ts';
import { PushSetting } from './push-setting.tsx';
import './news.css';

const KEY = ['book', 'news'];

/** What happened to the person's referrals, newest first; what is shown is read. */
export function NewsPage() {
  const t = useNewsWords();
  const news = useNews(KEY, true);
  const markRead = useMarkRead(KEY);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const unread = news.data?.unread ?? 0;
  useEffect(() => {
    if (unread === 0) return;
    // they stay marked as new while the page is open
    const ids = news.data!.notices.flatMap(({ id, unread: isNew }) => (isNew ? [id] : []));
    setFresh((before) => new Set([...before, ...ids]));
    void markRead(news.data).catch(() => {});
    // oxlint-disable-next-line react/exhaustive-deps -- once for each count of unread ones
  }, [unread]);
  return (
    <Page title={t('title')}>
      {news.isPending && <LoadingState rows={4} />}
      {news.isError && (
        <section className="sheet">
          <ReadFailed of={news}>{t('failed')}</ReadFailed>
        </section>
      )}
      {news.data?.notices.length === 0 && (
        <Nothing icon={<IconBell className="i" aria-hidden />} title={t('none')}>
          {t('noneBody')}
        </Nothing>
      )}
      {news.data && news.data.notices.length > 0 && (
        <ul className="sheet list choices news">
          {news.data.notices.map((notice) => (
            <NewsRow key={notice.id} notice={notice} isFresh={fresh.has(notice.id)} />
          ))}
        </ul>
      )}
      <PushSetting />
    </Page>
  );
}

function NewsRow({ notice: { code, from, to, at }, isFresh }: { notice: Notice; isFresh: boolean }) {
  const t = useNewsWords();
  return (
    <li>
      <Link to="/book/referrals">
        <span>
          <b>{t(`news-${code}`, { from, to })}</b>
          <small>{formatDateTime(at)}</small>
        </span>
        {isFresh && <span className="fresh">{t('fresh')}</span>}
        <IconChevronRight className="i" aria-hidden />
      </Link>
    </li>
  );
}

/** The way to the news from the first page, with how many are unread. Of one's own book alone. */
export function NewsDoor() {
  const t = useNewsWords();
  const { isFamily } = useBook();
  const { data } = useNews(KEY, !isFamily);
  if (isFamily || !data || data.notices.length === 0) return null;
  return (
    <Link to="/book/news" className={data.unread > 0 ? 'sheet maysee unread' : 'sheet maysee'}>
      <IconBell className="i" aria-hidden />
      <span>
        <b>{t('door')}</b>
        <small role="status">{data.unread > 0 ? t('unread', { count: data.unread }) : t('allRead')}</small>
      </span>
      <IconChevronRight className="i" aria-hidden />
    </Link>
  );
}
