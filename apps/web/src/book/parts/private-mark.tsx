import { IconLock } from '@tabler/icons-react';
import { useWords } from '../book-context.tsx';

/** The discreet marker of something only the person and the place that wrote it can read. */
export function PrivateMark() {
  const t = useWords();
  return (
    <span className="private" title={t('onlyYouHint')}>
      <IconLock className="i" aria-hidden />
      {t('onlyYou')}
    </span>
  );
}
