import { Outlet } from '@tanstack/react-router';
import { CallbackPage, SignedIn } from '../auth/signed-in.tsx';

/** The shell of /command, for people signed in at this door. */
export function CommandDoor() {
  return (
    <SignedIn door="command">
      <Outlet />
    </SignedIn>
  );
}

/** The page that the authorization server answers to. */
export function CommandCallback() {
  return <CallbackPage door="command" />;
}

/** The first page of /command. */
export function CommandHome() {
  return <main className="waitpage" />;
}
