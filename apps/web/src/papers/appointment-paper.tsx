import { formatDateTime } from '@yba/ui';
import { dayWords, type PaperFields } from './field-words.ts';
import type { PaperSize } from './paper-size.tsx';
import { PersonLines } from './person-lines.tsx';
import { Line, Sheet } from './sheet.tsx';
import { codesOf, longDay } from './transfer-paper.tsx';
import { words } from './words.ts';

export type AppointmentPaperProps = {
  size: PaperSize;
  fields: PaperFields;
  facility: { name: string; address?: string | undefined };
  /** When the patient comes again, an instant; at which department, and what was said to the patient. */
  start: string;
  department: string | undefined;
  note: string | undefined;
  doctor: string | undefined;
};

/** The re-examination paper (XML14) on A5 or A4, in the order of annex V of TT 01/2025. */
export function AppointmentPaper(props: AppointmentPaperProps) {
  const { size, fields, facility, start, department, note, doctor } = props;
  const number = fields['SO_GIAYHEN_KL'] ?? '';
  const [came, left] = [dayWords(fields['NGAY_VAO']), dayWords(fields['NGAY_RA'])];
  return (
    <Sheet
      size={size}
      facility={facility.name}
      address={facility.address}
      left={[`${words.number}: ${number}`]}
      code={number}
      codeWords={words.scanAppointment}
      signs={[
        {
          who: words.doctorSigns,
          hint: words.signHint,
          ...(doctor ? { name: doctor } : {}),
          ...(fields['MA_BAC_SI'] ? { licence: fields['MA_BAC_SI'] } : {}),
        },
        { who: words.facilitySigns, hint: words.sealHint, day: longDayOf(fields['NGAY_CT']) },
      ]}
    >
      <h1>{words.appointmentTitle}</h1>
      <PersonLines fields={fields} isTransfer={false} />
      {came ? (
        <div className="formrow">
          <Line label={words.admitted}>{came}</Line>
          <Line label={words.left}>{left}</Line>
        </div>
      ) : (
        <Line label={words.seen}>{left || dayWords(fields['NGAY_CT'])}</Line>
      )}
      <Line label={words.diagnosis}>
        {[fields['CHAN_DOAN_RV'], codesOf(fields)].filter(Boolean).join(' ')}
      </Line>
      <p className="again">
        {words.again}: <b>{formatDateTime(start)}</b>
      </p>
      <Line label={words.where}>{[department, facility.name].filter(Boolean).join(', ')}</Line>
      {note && <Line label={words.note}>{note}</Line>}
      <p className="valid">{words.once}</p>
    </Sheet>
  );
}

const longDayOf = (field: string | undefined): string =>
  field ? longDay(`${field.slice(0, 4)}-${field.slice(4, 6)}-${field.slice(6, 8)}`) : '';
