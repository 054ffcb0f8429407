import { Button, facilityLetters, usePageTitle } from '@yba/ui';
import { IconFingerprint, IconUserHeart } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { canUsePasskeys, passkeyUsedHere, provePasskey } from '../auth/passkey.ts';
import { DoorLink } from './door-link.tsx';
import { passkeyOptions, sendStep, type Interaction, type Persona, type StepAnswer } from './interaction.ts';
import { keepFacility, keptFacility } from './kept-facility.ts';
import { useSignInText } from './messages.ts';
import { CodeStep, FacilityStep, NewPasswordStep } from './next-steps.tsx';
import { PersonaList } from './persona-list.tsx';
import { SecretField } from './secret-field.tsx';

/** What is asked for after the first step. */
type NextStep = Exclude<StepAnswer, { redirectTo: string } | { refused: string }>;

/** Sign-in of staff and authorities: passkey, or username and password; in a rehearsal its people by one tap. */
export function StaffCard({ interaction }: { interaction: Interaction }) {
  const t = useSignInText();
  usePageTitle(t(interaction.door === 'clinic' ? 'staffTitle' : 'authorityTitle'));
  const [facility, setFacility] = useState(keptFacility);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [next, setNext] = useState<NextStep>();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const passwordBox = useRef<HTMLInputElement>(null);
  const clinic = interaction.door === 'clinic';
  const take = async (step: string, body: object): Promise<void> => {
    setBusy(true);
    setRefused(undefined);
    const answer = await sendStep(interaction.uid, step, body);
    if ('redirectTo' in answer) return location.assign(answer.redirectTo);
    setBusy(false);
    if ('next' in answer) return setNext(answer);
    if (answer.over) setNext(undefined);
    setRefused(answer.refused);
    passwordBox.current?.select();
  };
  const enter = async (name: string, secret: string) => {
    if (!name.trim() || !secret) return setRefused(t('fillBoth'));
    await take('password', { username: name.trim(), password: secret });
  };
  const withPasskey = async () => {
    setBusy(true);
    setRefused(undefined);
    const options = await passkeyOptions(interaction.uid);
    const response = 'refused' in options ? undefined : await provePasskey(options).catch(() => undefined);
    if (response) return take('passkey', { response });
    setBusy(false);
    setRefused('refused' in options ? options.refused : t('passkeyStopped'));
  };
  const choose = (persona: Persona) => {
    setUsername(persona.username);
    setPassword(persona.password ?? '');
    if (persona.facilityName) keepFacility({ name: persona.facilityName });
    if (persona.password) void enter(persona.username, persona.password);
    else passwordBox.current?.focus();
  };
  if (next) {
    const step = { busy, refused, onSend: take };
    return (
      <div className="card staff">
        {next.next === 'code' && <CodeStep {...step} />}
        {next.next === 'password' && <NewPasswordStep {...step} why={next.why} username={username} />}
        {next.next === 'facility' && <FacilityStep {...step} facilities={next.facilities} />}
      </div>
    );
  }
  const passkeyFirst = canUsePasskeys() && passkeyUsedHere();
  const passkey = canUsePasskeys() && (
    <>
      <Button
        look={passkeyFirst ? 'primary' : 'plain'}
        className={passkeyFirst ? 'pk' : 'pk2'}
        autoFocus={passkeyFirst}
        disabled={busy}
        onClick={() => void withPasskey()}
      >
        <IconFingerprint className="i" aria-hidden />
        {t('withPasskey')}
      </Button>
      {passkeyFirst && <p className="pkhint">{t('passkeyHint')}</p>}
    </>
  );
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
      {passkeyFirst && passkey}
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
            autoFocus={!passkeyFirst}
            value={username}
            aria-invalid={refused !== undefined}
            aria-describedby="refused"
            onChange={(event) => setUsername(event.target.value)}
          />
        </div>
        <SecretField
          id="password"
          label={t('password')}
          autoComplete="current-password"
          value={password}
          invalid={refused !== undefined}
          describedBy="refused"
          inputRef={passwordBox}
          onChange={setPassword}
        />
        <p id="refused" className="refused" role="alert">
          {refused}
        </p>
        <Button
          type="submit"
          look={passkeyFirst ? 'plain' : 'primary'}
          className={passkeyFirst ? '' : 'pk'}
          keys="↵"
          disabled={busy}
        >
          {t(busy ? 'entering' : clinic ? 'enterShift' : 'enter')}
        </Button>
      </form>
      {!passkeyFirst && passkey}
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
