import { useEffect } from 'react';
import { useSession } from '../auth/session.ts';
import { CallbackPage, SignedIn } from '../auth/signed-in.tsx';
import { keepFacility } from '../sign-in/kept-facility.ts';
import { ClinicShell } from './shell/clinic-shell.tsx';
import './styles/shell.css';
import './styles/lists.css';
import './styles/chart.css';
import './styles/find.css';
import './styles/identities.css';
import './styles/privacy.css';
import './styles/referrals.css';

/** The shell of /clinic, for staff signed in at this door. */
export function ClinicDoor() {
  const name = useSession()?.claims.facility_name;
  useEffect(() => {
    if (name) keepFacility({ name });
  }, [name]);
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
