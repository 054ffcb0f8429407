import { Outlet } from '@tanstack/react-router';
import { CallbackPage, SignedIn } from '../auth/signed-in.tsx';

/** The shell of /book, for people signed in at this door. */
export function BookDoor() {
  return (
    <SignedIn door="book">
      <Outlet />
    </SignedIn>
  );
}

/** The page that the authorization server answers to. */
export function BookCallback() {
  return <CallbackPage door="book" />;
}

/** The first page of /book. */
export function BookHome() {
  return <main className="waitpage" />;
}
