import { foldName } from '@yba/vietnam';
import { initials, shortFacilityName } from '@yba/ui';
import { useState } from 'react';
import type { Door } from '../auth/settings.ts';
import type { Persona } from './interaction.ts';
import { useSignInText } from './messages.ts';

type PersonaListProps = {
  personas: readonly Persona[];
  door: Door;
  disabled: boolean;
  onChoose: (persona: Persona) => void;
};

const MANY = 8;

/** The people of the rehearsal who come in by this door: one tap signs in. */
export function PersonaList({ personas, door, disabled, onChoose }: PersonaListProps) {
  const t = useSignInText();
  const [text, setText] = useState('');
  const mine = personas.filter(
    (one) => one.role !== 'citizen' && (one.role === 'ministry') === (door === 'command'),
  );
  const wanted = foldName(text);
  const shown = mine.filter((one) =>
    foldName(`${one.name} ${one.roleName} ${one.facilityName ?? ''}`).includes(wanted),
  );
  if (mine.length === 0) return null;
  return (
    <section className="cast" aria-label={t('rehearsal')}>
      <h3>
        {t('rehearsal')} <span>{t('rehearsalNote')}</span>
      </h3>
      {mine.length > MANY && (
        <div className="field">
          <input
            type="search"
            aria-label={t('findPersona')}
            placeholder={t('findPersona')}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      )}
      <ul>
        {shown.map((persona) => (
          <li key={persona.username}>
            <button type="button" disabled={disabled} onClick={() => onChoose(persona)}>
              <span className="ava" aria-hidden="true">
                {initials(persona.name)}
              </span>
              <span>
                <b>{persona.roleName}</b>
                <small>
                  {[shortFacilityName(persona.facilityName ?? ''), persona.name].filter(Boolean).join(' · ')}
                </small>
              </span>
            </button>
          </li>
        ))}
        {shown.length === 0 && <li className="nobody">{t('noPersona')}</li>}
      </ul>
    </section>
  );
}
