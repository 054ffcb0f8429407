import { ErrorState, LoadingState } from '@yba/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { CitizenCard } from './citizen-card.tsx';
import { DoorsPage } from './doors-page.tsx';
import { readInteraction } from './interaction.ts';
import { useSignInText } from './messages.ts';
import { SignInFrame } from './sign-in-frame.tsx';
import { StaffCard } from './staff-card.tsx';

const route = getRouteApi('/sign-in');

/** The sign-in page of all doors; the authorization server sends people here with the id of their sign-in. */
export function SignInPage() {
  const { uid } = route.useSearch();
  return uid ? <SignIn uid={uid} /> : <DoorsPage />;
}

function SignIn({ uid }: { uid: string }) {
  const t = useSignInText();
  const interaction = useQuery({
    queryKey: ['interaction', uid],
    queryFn: ({ signal }) => readInteraction(uid, signal),
    retry: false,
    staleTime: Infinity,
  });
  return (
    <SignInFrame>
      {interaction.isPending && (
        <div className="card">
          <LoadingState rows={5} label={t('loading')} />
        </div>
      )}
      {interaction.isError && (
        <div className="card">
          <ErrorState title={t('failedTitle')}>{t('failed')}</ErrorState>
          <a className="btn pri" href="/">
            {t('toDoors')}
          </a>
        </div>
      )}
      {interaction.data &&
        (interaction.data.door === 'book' ? (
          <CitizenCard interaction={interaction.data} />
        ) : (
          <StaffCard interaction={interaction.data} />
        ))}
    </SignInFrame>
  );
}
