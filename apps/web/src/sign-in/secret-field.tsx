import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { useState, type RefObject } from 'react';
import { useSignInText } from './messages.ts';

type SecretFieldProps = {
  id: string;
  label: string;
  autoComplete: 'current-password' | 'new-password';
  value: string;
  invalid: boolean;
  describedBy: string;
  focus?: boolean;
  inputRef?: RefObject<HTMLInputElement | null>;
  onChange: (value: string) => void;
};

/** A password field whose content can be shown. */
export function SecretField(props: SecretFieldProps) {
  const t = useSignInText();
  const [shown, setShown] = useState(false);
  const { id, label, autoComplete, value, invalid, describedBy, focus = false, inputRef, onChange } = props;
  return (
    <div className="field secret">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={id}
        ref={inputRef}
        type={shown ? 'text' : 'password'}
        autoComplete={autoComplete}
        autoFocus={focus}
        value={value}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        onChange={(event) => onChange(event.target.value)}
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
  );
}
