import { formatDate } from '@yba/ui';
import { createPortal } from 'react-dom';
import { useScreenLock } from '../../auth/screen-lock.ts';
import { useSession } from '../../auth/session.ts';
import { useServerInfo } from '../../shell/server-info.ts';
import { useClinicText } from '../messages.ts';
import { Qr } from '../print/qr.tsx';
import type { Facilities } from '../record/facilities.ts';
import { vi as words } from './messages/vi.ts';
import { paperFields, type Referral } from './referrals.ts';

const LINES = [
  'DAU_HIEU_LS',
  'QT_BENHLY',
  'TOMTAT_KQ',
  'PP_DIEUTRI',
  'TINH_TRANG_CT',
  'MA_LYDO_CT',
  'HUONG_DIEU_TRI',
  'PHUONGTIEN_VC',
] as const;

type ReferralPaperProps = { referral: Referral; facilities: Facilities };

/**
 * The transfer paper for the patient's hand, Vietnamese and black ink only, on A4 or folded to A5: the fields of XML13, where it goes,
 * how long it holds, and a code that opens it there. The code holds the paper's number, nothing of the person.
 */
export function ReferralPaper({ referral, facilities }: ReferralPaperProps) {
  const t = useClinicText();
  const { locked } = useScreenLock();
  const demo = useServerInfo()?.demo ?? false;
  const session = useSession();
  const fields = paperFields(referral.request);
  const from = facilities.get(referral.from.code);
  const signed = referral.steps.find(({ code }) => code === 'send')?.at ?? referral.changed;
  const diagnoses = (referral.request?.reasonCode ?? []).flatMap(({ coding = [] }) =>
    coding.map(({ code, display }) => [display, code && `(${code})`].filter(Boolean).join(' ')),
  );
  const value = (name: (typeof LINES)[number]) =>
    name === 'MA_LYDO_CT' ? words[`why-${fields[name] as '1'}`] : fields[name];
  const link = `${location.origin}/clinic/referrals?paper=${encodeURIComponent(referral.number)}`;
  if (locked) return null;
  return createPortal(
    <article className="paper slip" aria-hidden="true" lang="vi">
      <div className="hd">
        <div>
          <b>{referral.from.name.toLocaleUpperCase('vi')}</b>
          <span>{from?.address}</span>
          <span>{words.paperNumberLabel.replace('{{number}}', referral.number)}</span>
        </div>
        <div>
          <b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b>
          <span>Độc lập – Tự do – Hạnh phúc</span>
        </div>
      </div>
      <h1>{words.paperTitle}</h1>
      {demo && <p className="dm">{t('paperDemo')}</p>}
      <p className="dear">{words.paperDear.replace('{{to}}', referral.to.name)}</p>
      <p>{words.paperIntro.replace('{{from}}', referral.from.name)}</p>
      <dl>
        <dt>{words.paperName}</dt>
        <dd>
          <b>{referral.person}</b>
        </dd>
        <dt>{words.diagnosis}</dt>
        <dd>{diagnoses.join('; ')}</dd>
        <dt>{words.reasonLabel}</dt>
        <dd>{referral.reason}</dd>
        {LINES.flatMap((name) =>
          value(name) ? [<dt key={`${name} dt`}>{words[name]}</dt>, <dd key={name}>{value(name)}</dd>] : [],
        )}
        {referral.until && (
          <>
            <dt>{words.validUntil}</dt>
            <dd>
              <b>{formatDate(referral.until)}</b>
            </dd>
          </>
        )}
      </dl>
      <div className="sg">
        {[words.paperPatientSigns, words.paperDoctorSigns, words.paperHeadSigns].map((who, index) => (
          <div key={who}>
            <i>{index === 1 ? words.paperDay.replace('{{date}}', formatDate(signed)) : '\u00a0'}</i>
            <b>{who}</b>
            <i>{words.paperSignHint}</i>
          </div>
        ))}
      </div>
      <div className="qrline">
        {referral.number && <Qr text={link} label={referral.number} />}
        <span>
          {words.paperFrom} {session?.claims.name}
        </span>
      </div>
    </article>,
    document.body,
  );
}
