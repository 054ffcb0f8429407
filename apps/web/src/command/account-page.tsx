import { AccountPage } from '../account/account-page.tsx';

/** “My account” of who signs in at the board: the same page as in the clinic. */
export const CommandAccountPage = () => (
  <main className="accountpage">
    <AccountPage />
  </main>
);
