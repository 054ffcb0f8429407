type WhenFieldProps = {
  id: string;
  label: string;
  value: string;
  invalid?: boolean;
  autoFocus?: boolean;
  onChange: (value: string) => void;
};

/** A day and a time of Viet Nam, as the machine writes them. */
export function WhenField(props: WhenFieldProps) {
  const { id, label, value, invalid = false, autoFocus = false, onChange } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        value={value}
        autoFocus={autoFocus}
        aria-invalid={invalid}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
