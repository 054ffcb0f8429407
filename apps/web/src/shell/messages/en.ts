import type { vi } from './vi.ts';

/** English words of the parts that all doors share. */
export const en: Record<keyof typeof vi, string> = {
  signingIn: 'Signing in…',
  signInFailed: 'Could not sign in',
  signInAgain: 'Sign in again',
  cancelled: 'You stopped signing in. Press sign in again when you are ready.',
  stale: 'This sign-in is too old or was opened in another tab. Sign in again from here.',
  refused:
    'The server refused this sign-in. Try again; if it still fails, tell the administrator of your facility.',
  notFoundTitle: 'There is no such page',
  notFound: 'The address may have changed or be incomplete. Go to the first page and choose a door.',
  home: 'To the first page',
  pageErrorTitle: 'This page met an error',
  pageError: 'Nothing that was saved is lost. Reload the page; if it still fails, tell the administrator.',
  reload: 'Reload the page',
  signOut: 'Sign out',
  account: 'Account',
  errorNetwork: 'The server cannot be reached. Check the network and try again.',
  errorLogin: 'The session has ended. Sign in again.',
  refusedTitle: 'This part does not open',
  errorForbidden:
    'Your role may not see this part. If your work needs it, ask your facility’s administrator.',
  errorNotFound:
    'Not found, or the record is not open to you. Find the person and open the record with a reason.',
  errorThrottled: 'Too many requests. Wait a few seconds and try again.',
  errorInvalid: 'The server did not take this content: {{detail}}',
  errorConflict: 'Somebody else has just changed this. Reload and go on.',
  errorServerPlain: 'The server met an error. Try again in a few minutes.',
  errorServer: 'The server met an error. Try again in a few minutes; request id {{detail}}.',
};
