import { useUiText } from './messages.ts';

/** The mark of Y Bạ: lines of many hospitals joined by one pulse. `tone` 'light' is for dark grounds. */
export function BrandMark({ tone = 'accent', name = true }: { tone?: 'accent' | 'light'; name?: boolean }) {
  const light = tone === 'light';
  return (
    <span className="mark">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <rect x="1" y="1" width="22" height="22" rx="6" fill={light ? '#fff' : 'var(--cham)'} />
        {!light && (
          <path
            d="M7 6v12M12 6v12M17 6v12"
            stroke="#fff"
            strokeOpacity=".4"
            strokeWidth="1.6"
            fill="none"
            strokeLinecap="round"
          />
        )}
        <path
          d="M4.5 13.2h4l1.8-4.4 3.2 7.4 1.9-3h4.1"
          stroke={light ? '#2A4B9B' : '#fff'}
          strokeWidth="1.9"
          fill="none"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {name ? 'Y Bạ' : <span className="vh">Y Bạ</span>}
    </span>
  );
}

/** The loud ribbon of a rehearsal server; shown on every screen and print in demo mode. `long` fills the width. */
export function DemoRibbon({ long = false }: { long?: boolean }) {
  const t = useUiText();
  if (!long) return <div className="demo">{t('demo')}</div>;
  return (
    <section className="demo wide" aria-label={t('demo')}>
      <span>{t('demo')}</span>
      <span className="rest"> · {t('demoRest')}</span>
    </section>
  );
}
