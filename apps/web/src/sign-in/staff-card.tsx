import { Button, facilityLetters, usePageTitle } from '@yba/ui';
import { IconEye, IconEyeOff, IconUserHeart } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { DoorLink } from './door-link.tsx';
import { sendPassword, type Interaction, type Persona } from './interaction.ts';
import { keepFacility, keptFacility } from './kept-facility.ts';
import { useSignInText } from './messages.ts';
import { PersonaList } from './persona-list.tsx';

/** Sign-in of staff and authorities: username and password; in a rehearsal its people by one tap. */
export function StaffCard({ interaction }: { interaction: Interaction }) {
  const t = useSignInText();
  usePageTitle(t(interaction.door === 'clinic' ? 'staffTitle' : 'authorityTitle'));
  const [facility, setFacility] = useState(keptFacility);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const passwordBox = useRef<HTMLInputElement>(null);
  const clinic = interaction.door === 'clinic';
  const enter = async (name: string, secret: string) => {
    if (!name.trim() || !secret) return setRefused(t('fillBoth'));
    setBusy(true);
    setRefused(undefined);
    const answer = await sendPassword(interaction.uid, name.trim(), secret);
    if ('redirectTo' in answer) return location.assign(answer.redirectTo);
    setBusy(false);
    setRefused(answer.refused);
    passwordBox.current?.select();
  };
  const choose = (persona: Persona) => {
    setUsername(persona.username);
    setPassword(persona.password ?? '');
    if (persona.facilityName) keepFacility({ name: persona.facilityName });
    if (persona.password) void enter(persona.username, persona.password);
    else passwordBox.current?.focus();
  };
  return (
    <div className="card staff">
      <p className="who">{t(clinic ? 'forStaff' : 'forAuthority')}</p>
      <h2>{t(clinic ? 'staffTitle' : 'authorityTitle')}</h2>
      {clinic && facility && (
        <div className="ten">
          <div className="m" aria-hidden="true">
            {facilityLetters(facility.name)}
          </div>
          <div>
            <b>{facility.name}</b>
            <small>{t('remembered')}</small>
          </div>
          <button
            type="button"
            onClick={() => {
              keepFacility(undefined);
              setFacility(undefined);
            }}
          >
            {t('change')}
          </button>
        </div>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter(username, password);
        }}
      >
        <div className="field">
          <label htmlFor="username">{t('username')}</label>
          <input
            id="username"
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            value={username}
            aria-invalid={refused !== undefined}
            aria-describedby="refused"
            onChange={(event) => setUsername(event.target.value)}
          />
        </div>
        <div className="field secret">
          <label htmlFor="password">{t('password')}</label>
          <input
            id="password"
            name="password"
            ref={passwordBox}
            type={shown ? 'text' : 'password'}
            autoComplete="current-password"
            value={password}
            aria-invalid={refused !== undefined}
            aria-describedby="refused"
            onChange={(event) => setPassword(event.target.value)}
          />
          <button
            type="button"
            className="peek"
            aria-pressed={shown}
            aria-label={t(shown ? 'hidePassword' : 'showPassword')}
            onClick={() => setShown(!shown)}
          >
            {shown ? <IconEyeOff className="i" aria-hidden /> : <IconEye className="i" aria-hidden />}
          </button>
        </div>
        <p id="refused" className="refused" role="alert">
          {refused}
        </p>
        <Button type="submit" look="primary" className="pk" keys="↵" disabled={busy}>
          {t(busy ? 'entering' : clinic ? 'enterShift' : 'enter')}
        </Button>
      </form>
      {interaction.demo && interaction.personas && interaction.personas.length > 0 && (
        <PersonaList
          personas={interaction.personas}
          door={interaction.door}
          disabled={busy}
          onChoose={choose}
        />
      )}
      <DoorLink
        to="/book/"
        icon={<IconUserHeart className="i" aria-hidden />}
        name={t('doorBook')}
        hint={t(interaction.demo ? 'doorBookHintDemo' : 'doorBookHint')}
      />
    </div>
  );
}
