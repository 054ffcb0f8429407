import { Button, formatDateTime, LoadingState } from '@yba/ui';
import { IconBan, IconChevronRight, IconInfoCircle, IconQrcode, IconUsers } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useBook, useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import { AgreedApps } from '../parts/agreed-apps.tsx';
import { dataWords } from '../parts/data-choice.tsx';
import { useErrorWords } from '../parts/error-words.ts';
import { Page } from '../parts/page.tsx';
import { RefuseForm } from '../parts/refuse-form.tsx';
import { DelegateForm, ShareForm } from '../parts/sharing-forms.tsx';
import { LinkForm, LinkList } from '../referrals/link-form.tsx';
import { useCareWords } from '../referrals/messages.ts';
import { useDecisions, type Decisions } from '../parts/use-decisions.ts';
import type { Decision } from '../record/decisions.ts';

const FORMS = { share: ShareForm, link: LinkForm, refuse: RefuseForm, delegate: DelegateForm } as const;

type Form = keyof typeof FORMS;

const choices: readonly { form: Form; icon: ReactNode; title: BookKey; hint: BookKey }[] = [
  { form: 'share', icon: <IconQrcode className="i" aria-hidden />, title: 'shareTitle', hint: 'shareHint' },
  { form: 'refuse', icon: <IconBan className="i" aria-hidden />, title: 'refuseTitle', hint: 'refuseHint' },
  {
    form: 'delegate',
    icon: <IconUsers className="i" aria-hidden />,
    title: 'delegateTitle',
    hint: 'delegateHint',
  },
];

/** Who may see the record: what the person decided, and the three things they can decide. */
export function SharingPage() {
  const t = useWords();
  const wordsOf = useErrorWords();
  const care = useCareWords();
  const decisions = useDecisions();
  const { isFamily, mayShare, person } = useBook();
  const [form, setForm] = useState<Form>();
  const Shown = form && FORMS[form];
  return (
    <Page title={t('sharingTitle')}>
      {Shown ? (
        <Shown decisions={decisions} onDone={() => setForm(undefined)} />
      ) : (
        <ul className="sheet list choices">
          {choices
            .filter(({ form: one }) => mayShare || one === 'refuse')
            .map((choice) => (
              <li key={choice.form}>
                <button type="button" onClick={() => setForm(choice.form)}>
                  {choice.icon}
                  <span>
                    <b>{t(choice.title)}</b>
                    <small>{t(choice.hint)}</small>
                  </span>
                  <IconChevronRight className="i" aria-hidden />
                </button>
              </li>
            ))}
          {!isFamily && (
            <li>
              <button type="button" onClick={() => setForm('link')}>
                <IconQrcode className="i" aria-hidden />
                <span>
                  <b>{care('linkTitle')}</b>
                  <small>{care('linkHint')}</small>
                </span>
                <IconChevronRight className="i" aria-hidden />
              </button>
            </li>
          )}
        </ul>
      )}
      {!mayShare && (
        <p className="nt">
          <IconInfoCircle className="i" aria-hidden />
          <span>{t('childShares', { name: person.name })}</span>
        </p>
      )}
      <section>
        <h2 className="d">{t('inForce')}</h2>
        {decisions.state === 'loading' && (
          <div className="sheet pad">
            <LoadingState rows={3} label={t('loading')} />
          </div>
        )}
        {decisions.state === 'failed' && (
          <div className="sheet">
            <ReadFailed of={{ error: decisions.error, refetch: decisions.reload }} title={t('errorTitle')}>
              {wordsOf(decisions.error)}
            </ReadFailed>
          </div>
        )}
        {decisions.state === 'ready' &&
          (decisions.decisions.length === 0 ? (
            <p className="sheet pad quiet">{t('nothingDecided')}</p>
          ) : (
            <ul className="sheet lst">
              {decisions.decisions.map((decision) => (
                <Item key={decision.consent.id} decision={decision} decisions={decisions} />
              ))}
            </ul>
          ))}
      </section>
      {!isFamily && <LinkList />}
      <AgreedApps />
      <p className="nt">
        <IconInfoCircle className="i" aria-hidden />
        <span>{t('sharingLaw')}</span>
      </p>
    </Page>
  );
}

function Item({ decision, decisions }: { decision: Decision; decisions: Decisions }) {
  const t = useWords();
  const wordsOf = useErrorWords();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { kind, audience, who = '', kinds, sensitive, until } = decision;
  const heading: BookKey =
    kind === 'share'
      ? 'decidedShare'
      : kind === 'guardian'
        ? 'decidedGuardian'
        : kind === 'delegate'
          ? 'decidedDelegate'
          : audience === 'everyone'
            ? 'decidedRefuseAll'
            : 'decidedRefuse';
  const data = [...kinds, ...sensitive].map((one) => t(dataWords[one])).join(', ');
  const details = [
    kinds.length === 0 && kind !== 'delegate' && kind !== 'guardian' && sensitive.length === 0
      ? t('wholeRecord')
      : data,
    decision.copies && kind === 'delegate' && t('delegateCopiesBox'),
    decision.acts && kind === 'delegate' && t('delegateActsBox'),
    until && t('untilDate', { date: formatDateTime(until) }),
  ].filter(Boolean);
  const takeBack = () => {
    setBusy(true);
    setFailure(undefined);
    decisions
      .takeBack(decision)
      .catch((error: unknown) => setFailure(error))
      .finally(() => setBusy(false));
  };
  return (
    <li className="decision">
      <span className="n">{t(heading, { who })}</span>
      {details.length > 0 && <span className="o">{details.join(' · ')}</span>}
      {kind === 'guardian' ? (
        <span className="o">{t('guardianHint')}</span>
      ) : (
        <Button tap disabled={busy} onClick={takeBack}>
          {t('takeBack')}
        </Button>
      )}
      {failure !== undefined && (
        <span className="failure" role="alert">
          {wordsOf(failure)}
        </span>
      )}
    </li>
  );
}
