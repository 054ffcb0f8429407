import { DateField } from '@yba/ui';

type WhenFieldProps = {
  id: string;
  label: string;
  value: string;
  invalid?: boolean;
  autoFocus?: boolean;
  onChange: (value: string) => void;
};

/** A day and a time of Viet Nam. */
export function WhenField({ label, ...when }: WhenFieldProps) {
  return (
    <div className="field">
      <label htmlFor={when.id}>{label}</label>
      <DateField time {...when} />
    </div>
  );
}
