import { cardsOf, dayWords, type PaperFields } from './field-words.ts';
import { Line } from './sheet.tsx';
import { words } from './words.ts';

/** Whom a paper is about: name, birth date, sex, address, insurance card, as both national papers have them. */
export function PersonLines({ fields, isTransfer }: { fields: PaperFields; isTransfer: boolean }) {
  const sex = fields['GIOI_TINH'] as '1' | '2' | '3' | undefined;
  const cards = cardsOf(fields);
  return (
    <>
      <div className="formrow">
        <Line label={words.name}>
          <b>{(fields['HO_TEN'] ?? '').toLocaleUpperCase('vi')}</b>
        </Line>
        <Line label={words.birth} short>
          {dayWords(fields['NGAY_SINH'])}
        </Line>
        <Line label={words.sex} short>
          {sex && words[`sex-${sex}`]}
        </Line>
      </div>
      <Line label={words.address}>{fields['DIA_CHI']}</Line>
      {isTransfer && (
        <Line label={words.nationality}>
          {fields['MA_QUOCTICH'] === '000' ? words.vietnamese : fields['MA_QUOCTICH']}
        </Line>
      )}
      {cards.length === 0 && <Line label={words.card}>{words.noCard}</Line>}
      {cards.map(({ card, until }) => (
        <div className="formrow" key={card}>
          <Line label={words.card}>
            <b className="card">{card.replace(/^(.{2})(.)(.{2})(.*)$/, '$1 $2 $3 $4')}</b>
          </Line>
          <Line label={words.cardUntil} short>
            {until}
          </Line>
        </div>
      ))}
    </>
  );
}
