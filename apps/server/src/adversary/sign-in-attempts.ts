import type { SignInAttempt } from './sign-in/attempt.ts';
import { BY_A_FOREIGN_PAGE } from './sign-in/foreign-page.ts';
import { BY_FOREIGN_SOFTWARE } from './sign-in/foreign-software.ts';
import { WITH_STOLEN_TOKENS } from './sign-in/stolen-tokens.ts';
import { BY_STRANGERS } from './sign-in/strangers.ts';

/** What is tried at the authorization server, by whom, for what. */
export const SIGN_IN_ATTEMPTS: readonly SignInAttempt[] = [
  ...WITH_STOLEN_TOKENS,
  ...BY_A_FOREIGN_PAGE,
  ...BY_FOREIGN_SOFTWARE,
  ...BY_STRANGERS,
];
