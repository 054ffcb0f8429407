import { formatDate } from '@yba/ui';
import { dayWords, minuteWords, type PaperFields } from './field-words.ts';
import type { PaperSize } from './paper-size.tsx';
import { PersonLines } from './person-lines.tsx';
import { Line, Sheet } from './sheet.tsx';
import { words } from './words.ts';

export type TransferPaperProps = {
  size: PaperSize;
  fields: PaperFields;
  from: { name: string; address?: string | undefined };
  to: string;
  /** The doctor who sent it, and when (an instant). */
  doctor: string;
  signed: string;
  /** Until when it holds, an instant. */
  until: string | undefined;
};

const BEFORE = ['DAU_HIEU_LS', 'QT_BENHLY', 'TOMTAT_KQ'] as const;
const AFTER = ['PP_DIEUTRI', 'TINH_TRANG_CT'] as const;

/** The transfer paper (XML13) on A5 or A4, in the order of annex VI of TT 01/2025. */
export function TransferPaper({ size, fields, from, to, doctor, signed, until }: TransferPaperProps) {
  const number = fields['GIAY_CHUYEN_TUYEN'] ?? '';
  const reason = fields['MA_LYDO_CT'] as '1' | '2' | '3' | undefined;
  const came = dayWords(fields['NGAY_VAO']);
  const escort = [fields['HOTEN_NGUOI_HT'], fields['CHUCDANH_NGUOI_HT']].filter(Boolean).join(', ');
  return (
    <Sheet
      size={size}
      facility={from.name}
      address={from.address}
      left={[`${words.number}: ${number}`]}
      right={[
        `${words.record}: ${fields['SO_HOSO'] ?? '……'}`,
        `${words.register}: ${fields['SO_CHUYENTUYEN'] ?? '……'}`,
      ]}
      code={`${location.origin}/clinic/referrals?paper=${encodeURIComponent(number)}`}
      codeWords={words.scan}
      signs={[
        {
          who: words.doctorSigns,
          hint: words.signHint,
          name: doctor,
          ...(fields['MA_BAC_SI'] ? { licence: fields['MA_BAC_SI'] } : {}),
        },
        {
          who: words.headSigns,
          hint: words.sealHint,
          day: longDay(signed),
          ...(fields['MA_TTDV'] ? { licence: fields['MA_TTDV'] } : {}),
        },
      ]}
    >
      <h1>
        {words.transferTitle}
        {fields['MA_THE_BHYT'] && <> {words.insured}</>}
      </h1>
      <p className="dear">
        {words.dear}: {to}
      </p>
      <p>
        {from.name} {words.introduces}
      </p>
      <PersonLines fields={fields} isTransfer />
      <Line label={words.treated}>
        {words.at} {from.name}
        {came && `, ${words.from} ${came}`}
        {fields['NGAY_RA'] && `, ${words.until} ${dayWords(fields['NGAY_RA'])}`}
      </Line>
      <h2>{words.summary}</h2>
      {BEFORE.map((name) => (
        <Line key={name} label={words[name]}>
          {fields[name]}
        </Line>
      ))}
      <Line label={words.diagnosis}>
        {[fields['CHAN_DOAN_RV'], codesOf(fields)].filter(Boolean).join(' ')}
      </Line>
      {AFTER.map((name) => (
        <Line key={name} label={words[name]}>
          {fields[name]}
        </Line>
      ))}
      <div className="reasons">
        <span className="label">{words.why}:</span>
        {(['1', '2', '3'] as const).map((code) => (
          <span key={code} className={code === reason ? 'on' : ''}>
            <i>{code === reason ? '☒' : '☐'}</i> {words[`why-${code}`]}
          </span>
        ))}
      </div>
      <Line label={words.HUONG_DIEU_TRI}>{fields['HUONG_DIEU_TRI']}</Line>
      <div className="formrow">
        <Line label={words.leaves}>{minuteWords(fields['NGAY_RA'])}</Line>
        <Line label={words.PHUONGTIEN_VC}>{fields['PHUONGTIEN_VC']}</Line>
      </div>
      <Line label={words.escort}>{escort}</Line>
      {until && (
        <p className="valid">
          {words.valid} {formatDate(until)}.
        </p>
      )}
    </Sheet>
  );
}

/** `(I21.0; E11.9)` */
export const codesOf = (fields: PaperFields): string => {
  const codes = [fields['MA_BENH_CHINH'], fields['MA_BENH_KT']].filter(Boolean).join('; ');
  return codes && `(${codes.replaceAll(/;\s*/g, '; ')})`;
};

/** `Ngày 28 tháng 11 năm 2026` of an instant. */
export function longDay(instant: string): string {
  const [day, month, year] = formatDate(instant).split('/');
  return year ? `Ngày ${day} tháng ${month} năm ${year}` : '';
}
