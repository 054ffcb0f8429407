import {
  AllergyStrip,
  Button,
  EmptyState,
  LoadingState,
  PatientBanner,
  useKeys,
  usePageTitle,
} from '@yba/ui';
import { IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useSession } from '../../auth/session.ts';
import { errorWords } from '../../fhir/client.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { bannerPerson } from '../chart/banner-person.ts';
import { useClinicText } from '../messages.ts';
import { allergyState } from '../record/allergies.ts';
import { useChart, type Chart } from '../record/chart.ts';
import { useFacilities } from '../record/facilities.ts';
import { CapacityPanel } from './capacity-panel.tsx';
import { chosenFacility, FacilityField } from './facility-field.tsx';
import { useReferralText } from './messages.ts';
import { PacketPanel } from './packet-panel.tsx';
import { AddDiagnosis } from './add-diagnosis.tsx';
import { parametersOf, type Draft, draftOf, missingIn, PAPER_AREAS, withDiagnosis } from './draft.ts';
import { prefillOf } from './prefill.ts';
import { sendReferral } from './referrals.ts';

const route = getRouteApi('/clinic/person/$id/refer');

/** The composer: a transfer paper filled in from the chart, with the room there is where it goes and what goes with it. */
export function ReferPage() {
  const t = useReferralText();
  usePageTitle(t('composeTitle'));
  const { id } = route.useParams();
  const chart = useChart(id, true);
  if (chart.isPending)
    return (
      <div className="plainpage">
        <LoadingState rows={12} />
      </div>
    );
  if (!chart.data)
    return (
      <div className="plainpage middle">
        <ReadFailed of={chart} />
      </div>
    );
  return <Composer key={id} chart={chart.data} />;
}

function Composer({ chart }: { chart: Chart }) {
  const t = useReferralText();
  const clinic = useClinicText();
  const navigate = useNavigate();
  const facilities = useFacilities();
  const claims = useSession()?.claims;
  const own = claims?.facility;
  const prefill = useMemo(() => prefillOf(chart, own), [chart, own]);
  const [draft, setDraft] = useState<Draft>(() => draftOf(prefill));
  const [key] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [sent, setSent] = useState<{ task: string; isDraft: boolean; to: string }>();
  const id = chart.patient.id ?? '';
  const typed = chosenFacility(facilities, draft.to);
  const to = typed === own ? undefined : typed;
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const isDoctor = claims?.role === 'doctor';
  const missing = missingIn(draft, to);
  const submit = async (isDraft: boolean) => {
    if (busy) return;
    setTried(true);
    setFailure(undefined);
    if (!to || !draft.reason.trim() || (!isDraft && missing.length > 0)) {
      document.querySelector<HTMLElement>('.compose [aria-invalid="true"]')?.focus();
      return;
    }
    setBusy(true);
    try {
      const task = await sendReferral(
        parametersOf(draft, { patient: id, to, isDraft }),
        `${key}${isDraft ? ' draft' : ''}`,
      );
      localStorage.setItem(HEAD_KEY, draft.paper.MA_TTDV);
      localStorage.setItem(DOCTOR_KEY, draft.paper.MA_BAC_SI);
      setSent({ task, isDraft, to: facilities.get(to)?.name ?? to });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const leave = () => void navigate({ to: '/clinic/person/$id', params: { id } });
  const see = () => void navigate({ to: '/clinic/referrals', search: { task: sent!.task } });
  useKeys(
    sent
      ? [{ keys: 'Enter', label: t('seeReferral'), run: see }]
      : [
          ...(isDoctor
            ? [{ keys: 'Ctrl Enter', label: t('submit'), run: () => void submit(false), inText: true }]
            : []),
          { keys: 'Esc', label: t('back'), run: leave, inText: true },
        ],
  );
  if (sent)
    return (
      <div className="plainpage middle">
        <EmptyState
          title={sent.isDraft ? t('draftSaved') : t('sent', { to: sent.to })}
          icon={<IconCircleCheck className="i" aria-hidden />}
          action={
            <Button look="primary" keys="Enter" onClick={see}>
              {t('seeReferral')}
            </Button>
          }
        >
          {sent.isDraft ? '' : t('validPreview')}
        </EmptyState>
      </div>
    );
  const bad = (name: string) => tried && missing.includes(name);
  const isReferral = draft.kind === 'referral';
  return (
    <div className="chart compose">
      <PatientBanner person={bannerPerson(chart, own, clinic)} />
      <AllergyStrip allergies={allergyState(chart.parts.allergies, facilities, own)} />
      <div className="split">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit(false);
          }}
        >
          <h1>{t('composeTitle')}</h1>
          {!isDoctor && (
            <p className="q">
              <IconInfoCircle className="i" aria-hidden /> {t('onlyDoctor')}
            </p>
          )}
          <div className="segs" role="group" aria-label={t('kind')}>
            {(['referral', 'consultation'] as const).map((kind) => (
              <button
                key={kind}
                type="button"
                className={draft.kind === kind ? 'on' : ''}
                aria-pressed={draft.kind === kind}
                onClick={() => change({ kind })}
              >
                {t(kind === 'referral' ? 'kindReferral' : 'kindConsultation')}
              </button>
            ))}
          </div>
          <FacilityField
            label={t('to')}
            hint={t('toHint')}
            facilities={facilities}
            without={[own]}
            value={draft.to}
            invalid={bad('to')}
            autoFocus
            onChange={(words) => change({ to: words })}
          />
          <Area
            name="reason"
            label={t('why')}
            value={draft.reason}
            rows={2}
            invalid={bad('reason')}
            placeholder={t('whyPlaceholder')}
            onChange={(reason) => change({ reason })}
          />
          <fieldset className="dx">
            <legend>{t('mainDiagnosis')}</legend>
            {draft.diagnoses.length === 0 && <p className="q">{t('noDiagnoses')}</p>}
            {draft.diagnoses.map((one) => (
              <div className="line" key={one.code}>
                <label>
                  <input
                    type="radio"
                    name="main"
                    checked={draft.main === one.code}
                    onChange={() =>
                      change({ main: one.code, others: draft.others.filter((code) => code !== one.code) })
                    }
                  />
                  <b>{one.code}</b> {one.display}
                </label>
                {draft.main !== one.code && (
                  <label className="also">
                    <input
                      type="checkbox"
                      aria-label={`${t('otherDiagnoses')}: ${one.display}`}
                      checked={draft.others.includes(one.code)}
                      onChange={(event) =>
                        change({
                          others: event.target.checked
                            ? [...draft.others, one.code]
                            : draft.others.filter((code) => code !== one.code),
                        })
                      }
                    />
                    {t('otherDiagnoses')}
                  </label>
                )}
              </div>
            ))}
            <AddDiagnosis onAdd={(added) => setDraft((before) => withDiagnosis(before, added))} />
          </fieldset>
          {isReferral && (
            <>
              <p className="q">{t('prefilled')}</p>
              <div className="field">
                <label htmlFor="MA_LYDO_CT">{t('MA_LYDO_CT')}</label>
                <select
                  id="MA_LYDO_CT"
                  value={draft.paper.MA_LYDO_CT}
                  onChange={(event) => change({ paper: { ...draft.paper, MA_LYDO_CT: event.target.value } })}
                >
                  {(['2', '1', '3'] as const).map((code) => (
                    <option key={code} value={code}>
                      {t(`why-${code}`)}
                    </option>
                  ))}
                </select>
              </div>
              {PAPER_AREAS.map(({ name, rows }) => (
                <Area
                  key={name}
                  name={name}
                  label={t(name)}
                  value={draft.paper[name]}
                  rows={rows}
                  invalid={bad(name)}
                  onChange={(words) => change({ paper: { ...draft.paper, [name]: words } })}
                />
              ))}
              <div className="field yearlong">
                <label>
                  <input
                    type="checkbox"
                    checked={draft.isYearLong}
                    onChange={(event) => change({ isYearLong: event.target.checked })}
                  />{' '}
                  {t('yearLong')}
                </label>
                {draft.isYearLong && (
                  <input
                    aria-label={t('yearLongWhich')}
                    placeholder={t('yearLongWhich')}
                    value={draft.yearLong}
                    aria-invalid={bad('yearLong')}
                    onChange={(event) => change({ yearLong: event.target.value })}
                  />
                )}
                <span className="hint">{t(draft.isYearLong ? 'validYear' : 'validPreview')}</span>
              </div>
            </>
          )}
          {tried && missing.length > 0 && (
            <p className="failure" role="alert">
              {t('missing')}: {missing.map((name) => wordsOf(t, name)).join(', ')}
            </p>
          )}
          {failure !== undefined && (
            <p className="failure" role="alert">
              {errorWords(failure)}
            </p>
          )}
          <div className="acts">
            <Button type="submit" look="primary" keys="Ctrl Enter" disabled={busy || !isDoctor}>
              {t('submit')}
            </Button>
            {isReferral && (
              <Button disabled={busy || !isDoctor} onClick={() => void submit(true)}>
                {t('saveDraft')}
              </Button>
            )}
            <Button keys="Esc" onClick={leave}>
              {t('back')}
            </Button>
          </div>
        </form>
        <aside>
          <CapacityPanel code={to} />
          <PacketPanel
            groups={prefill.packet}
            left={draft.leftOut}
            onChange={(leftOut) => change({ leftOut })}
          />
        </aside>
      </div>
    </div>
  );
}

/** What the doctor signed with last at this machine; numbers of licences, no person's data. */
const HEAD_KEY = 'yba.referral.head';
const DOCTOR_KEY = 'yba.referral.doctor';

const NAMES = { to: 'to', reason: 'why', main: 'mainDiagnosis', yearLong: 'yearLongWhich' } as const;
const wordsOf = (t: ReturnType<typeof useReferralText>, name: string): string =>
  t(name in NAMES ? NAMES[name as keyof typeof NAMES] : (name as 'DAU_HIEU_LS'));

type AreaProps = {
  name: string;
  label: string;
  value: string;
  rows: number;
  invalid: boolean;
  placeholder?: string;
  onChange: (value: string) => void;
};

function Area({ name, label, value, rows, invalid, placeholder, onChange }: AreaProps) {
  const shared = {
    id: name,
    value,
    'aria-invalid': invalid,
    ...(placeholder ? { placeholder } : {}),
  };
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      {rows > 1 ? (
        <textarea
          {...shared}
          rows={rows}
          maxLength={4000}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <input {...shared} maxLength={255} onChange={(event) => onChange(event.target.value)} />
      )}
    </div>
  );
}
