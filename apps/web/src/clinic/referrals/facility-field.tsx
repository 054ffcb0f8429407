import { useId } from 'react';
import type { Facilities } from '../record/facilities.ts';

type FacilityFieldProps = {
  label: string;
  hint: string;
  facilities: Facilities;
  /** Left out of the list: one does not refer to oneself. */
  without: readonly (string | undefined)[];
  value: string;
  invalid?: boolean;
  autoFocus?: boolean;
  onChange: (value: string) => void;
};

/** The words by which a facility is chosen: name and code. */
export const facilityWords = (facility: { name: string; code: string }): string =>
  `${facility.name} (${facility.code})`;

/** The code of the facility that these words choose; undefined for words that choose none. */
export function chosenFacility(facilities: Facilities, words: string): string | undefined {
  const code = /\(([0-9A-Z]{5})\)\s*$/.exec(words)?.[1] ?? words.trim().toUpperCase();
  return facilities.has(code) ? code : undefined;
}

/** A facility chosen by typing its name or code; the browser lists what fits. */
export function FacilityField(props: FacilityFieldProps) {
  const { label, hint, facilities, without, value, invalid = false, autoFocus = false, onChange } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        list={`${id} list`}
        value={value}
        placeholder={hint}
        autoComplete="off"
        autoFocus={autoFocus}
        aria-invalid={invalid}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={`${id} list`}>
        {[...facilities.values()]
          .filter(({ code }) => !without.includes(code))
          .map((one) => (
            <option key={one.code} value={facilityWords(one)} />
          ))}
      </datalist>
    </div>
  );
}
