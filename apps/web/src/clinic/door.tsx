import { Outlet } from '@tanstack/react-router';
import { CallbackPage, SignedIn } from '../auth/signed-in.tsx';

/** The shell of /clinic, for people signed in at this door. */
export function ClinicDoor() {
  return (
    <SignedIn door="clinic">
      <Outlet />
    </SignedIn>
  );
}

/** The page that the authorization server answers to. */
export function ClinicCallback() {
  return <CallbackPage door="clinic" />;
}

/** The first page of /clinic. */
export function ClinicHome() {
  return <main className="waitpage" />;
}
