import { IconBook2 } from '@tabler/icons-react';
import { useWords } from '../book-context.tsx';

/** What a person sees of whom no hospital has sent anything yet. */
export function EmptyBook() {
  const t = useWords();
  return (
    <section className="sheet nothing">
      <IconBook2 className="i" aria-hidden />
      <h2 className="what">{t('emptyTitle')}</h2>
      <p>{t('emptyBody')}</p>
      <p>{t('emptyCheck')}</p>
    </section>
  );
}
