import { IconCalendar } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { dayOf, dayText, dayTyped } from './day-text.ts';
import { useUiText } from './messages.ts';

type DateFieldProps = {
  /** What the label points to. */
  id: string;
  /** yyyy-MM-dd, with `time` yyyy-MM-ddTHH:mm; '' for none. */
  value: string;
  /** Told of a day within the bounds; of '' while what stands there is none, so that no former day is sent instead. */
  onChange: (value: string) => void;
  time?: boolean;
  required?: boolean;
  min?: string | undefined;
  max?: string | undefined;
  invalid?: boolean;
  autoFocus?: boolean;
  describedBy?: string | undefined;
};

/**
 * A day, typed as day/month/year or picked from the machine's calendar. The machine's own date field is not used for
 * typing: it puts the month first wherever the machine is set to English, and 03/04 would be another day.
 */
export function DateField({
  id,
  value,
  onChange,
  time = false,
  required = false,
  min,
  max,
  invalid = false,
  autoFocus = false,
  describedBy,
}: DateFieldProps) {
  const t = useUiText();
  const field = useRef<HTMLInputElement>(null);
  const calendar = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(dayText(value));
  const [told, setTold] = useState(value);
  const [left, setLeft] = useState(false);
  if (told !== value) {
    setTold(value); // set from elsewhere
    setText(dayText(value));
  }
  const faultOf = (words: string): string => {
    const day = dayOf(words, time);
    if (words.trim() === '') return '';
    if (!day) return t(time ? 'dayTimeForm' : 'dayForm');
    if (min && day < min) return t('dayBefore', { day: dayText(min) });
    return max && day > max ? t('dayAfter', { day: dayText(max) }) : '';
  };
  const fault = faultOf(text);
  useEffect(() => field.current?.setCustomValidity(fault), [fault]);
  const take = (words: string) => {
    setText(words);
    const day = faultOf(words) ? '' : (dayOf(words, time) ?? '');
    setTold(day);
    if (day !== value) onChange(day);
  };
  return (
    <span className="datefield">
      <span className="box">
        <input
          ref={field}
          id={id}
          inputMode={time ? 'text' : 'numeric'}
          size={time ? 18 : 12}
          autoComplete="off"
          placeholder={t(time ? 'dayTimePlaceholder' : 'dayPlaceholder')}
          value={text}
          required={required}
          autoFocus={autoFocus}
          aria-invalid={invalid || (left && fault !== '')}
          aria-describedby={left && fault ? `${id}-fault` : describedBy}
          onChange={(event) => take(dayTyped(text, event.target.value, time))}
          onFocus={() => setLeft(false)}
          onBlur={() => {
            setLeft(true);
            if (!fault) setText(dayText(dayOf(text, time) ?? ''));
          }}
        />
        <button
          type="button"
          aria-label={t('calendar')}
          title={t('calendar')}
          onClick={() => calendar.current?.showPicker()}
        >
          <IconCalendar aria-hidden />
        </button>
        <input
          ref={calendar}
          className="calendar"
          type={time ? 'datetime-local' : 'date'}
          tabIndex={-1}
          aria-hidden="true"
          value={value}
          min={min}
          max={max}
          onChange={(event) => take(dayText(event.target.value))}
        />
      </span>
      {left && fault && (
        <span className="fault" id={`${id}-fault`} role="alert">
          {fault}
        </span>
      )}
    </span>
  );
}
