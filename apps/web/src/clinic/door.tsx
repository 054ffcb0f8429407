import { CallbackPage, SignedIn } from '../auth/signed-in.tsx';
import { ClinicShell } from './shell/clinic-shell.tsx';
import './clinic.css';

/** The shell of /clinic, for staff signed in at this door. */
export function ClinicDoor() {
  return (
    <SignedIn door="clinic">
      <ClinicShell />
    </SignedIn>
  );
}

/** The page that the authorization server answers to. */
export function ClinicCallback() {
  return <CallbackPage door="clinic" />;
}
