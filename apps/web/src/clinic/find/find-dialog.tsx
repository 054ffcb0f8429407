import { EmptyState, LoadingState, OtherLanguage, useKeys } from '@yba/ui';
import { IconId, IconInfoCircle, IconQrcode, IconSearch } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { errorWords, FhirError } from '../../fhir/client.ts';
import { useSession } from '../../auth/session.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useClinicText } from '../messages.ts';
import { ABILITIES, roleOf } from '../shell/roles.ts';
import { closeFind, useFindState } from './find-state.ts';
import { FoundList } from './found-list.tsx';
import { PaperList } from './paper-list.tsx';
import { findPapers, type FoundPaper } from './papers.ts';
import { findPersons, redeemShare, type Found } from './match.ts';
import { findQuery, paperNumber, shareCode, type FindQuery } from './query.ts';
import { ReasonSheet } from './reason-sheet.tsx';
import { ScreenList, useScreens } from './screen-list.tsx';

/** Find and open: what is typed or scanned finds identity only; opening asks why. Ctrl K from anywhere. */
export function FindDialog() {
  const t = useClinicText();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const can = ABILITIES[roleOf(useSession())];
  const [text, setText] = useState(useFindState().text);
  const [asked, setAsked] = useState<FindQuery>();
  const [chosen, setChosen] = useState(0);
  const [asking, setAsking] = useState<Found>();
  const [failure, setFailure] = useState<unknown>();
  const shared = can.find ? shareCode(text) : undefined;
  const paper = can.referrals ? paperNumber(text) : undefined;
  const typed = useMemo(
    () => (can.find && !shareCode(text) && !paperNumber(text) ? findQuery(text) : undefined),
    [text, can.find],
  );
  const scanned = typed?.kind === 'citizen-card' || typed?.kind === 'insurance-card';
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    void import('../chart/chart-page.tsx'); // will be wanted at once when a record is opened
    return () => shown?.close();
  }, []);
  useEffect(() => {
    if (typed?.complete) setAsked(typed);
    else if (!typed) setAsked(undefined);
  }, [typed]);
  useEffect(() => setChosen(0), [asked, paper]);
  useEffect(() => setFailure(undefined), [text]);
  const answer = useQuery({
    queryKey: ['match', asked?.patient],
    enabled: asked !== undefined,
    gcTime: 0,
    queryFn: ({ signal }) => findPersons(asked!, signal),
  });
  const papers = useQuery({
    queryKey: ['papers', paper],
    enabled: paper !== undefined,
    gcTime: 0,
    queryFn: ({ signal }) => findPapers(paper!, { readCare: can.readCare, signal }),
  });
  const found = asked ? (answer.data?.found ?? []) : [];
  const isPerson = asked !== undefined;
  const screens = useScreens(isPerson ? '' : text, !isPerson && !paper);
  const rows = paper ? (papers.data?.length ?? 0) : isPerson ? found.length : screens.length;

  const go = (id: string) => {
    closeFind();
    void queries.invalidateQueries({ queryKey: ['chart', id] });
    void navigate({ to: '/clinic/person/$id', params: { id } });
  };
  const choosePaper = (one: FoundPaper | undefined) => {
    if (!one) return;
    if (one.kind === 'appointment') return go(one.patient);
    closeFind();
    void navigate({ to: '/clinic/referrals', search: { task: one.task } });
  };
  const choose = (index: number) => {
    if (paper) return choosePaper(papers.data?.[index]);
    const person = found[index];
    if (person) return person.open || !can.open ? go(person.id) : setAsking(person);
    if (!asked) screens[index]?.run();
  };
  const redeem = async (code: string) => {
    try {
      go(await redeemShare(code));
    } catch (error) {
      const status = error instanceof FhirError ? error.status : 0;
      setFailure(status === 404 || status === 400 ? t('shareCodeUnknown') : error);
    }
  };
  const enter = () => {
    if (shared) return void redeem(shared);
    if (typed && !typed.complete && typed.shown !== asked?.shown) setAsked(typed);
    else choose(chosen);
  };
  const move = (step: number) => setChosen((now) => (rows === 0 ? 0 : (now + step + rows) % rows));
  useKeys(
    [
      { keys: '↑', label: t('choose'), run: () => move(-1), inText: true },
      { keys: '↓', label: t('choose'), run: () => move(1), inText: true },
      { keys: '↵', label: t('openIt'), run: enter, inText: true },
      { keys: 'Esc', label: t('close'), run: closeFind, inText: true },
    ],
    { modal: true, enabled: !asking },
  );

  return (
    <dialog
      ref={dialog}
      className={asking ? 'find asking' : 'find'}
      aria-label={t('findAndOpen')}
      onCancel={(event) => event.preventDefault()}
      onClick={(event) => event.target === dialog.current && closeFind()}
    >
      <section className="pal">
        <div className="in">
          <IconSearch className="i" aria-hidden />
          {scanned && (
            <span className="chip">
              <IconId className="i" aria-hidden />
              <span className="words">
                {t(typed.kind === 'citizen-card' ? 'cardScanned' : 'insuranceScanned')}
              </span>
            </span>
          )}
          <input
            autoFocus
            role="combobox"
            aria-expanded={rows > 0}
            aria-controls="found"
            aria-label={t('findBox')}
            placeholder={t(can.find ? 'findPlaceholder' : 'screenPlaceholder')}
            autoComplete="off"
            spellCheck={false}
            value={scanned ? typed.shown : paper && text.includes('=') ? paper : text}
            onChange={(event) => setText(event.target.value)}
          />
          <OtherLanguage />
          <button type="button" onClick={closeFind}>
            <kbd>Esc</kbd>
            <span className="vh">{t('close')}</span>
          </button>
        </div>
        <div className="body" id="found">
          {shared && (
            <button type="button" className="shared" onClick={() => void redeem(shared)}>
              <IconQrcode className="i" aria-hidden />
              <span>
                <b>{t('shareCodeOpen', { code: shared })}</b>
                <small>{t('shareCodeHint')}</small>
              </span>
            </button>
          )}
          {failure !== undefined && (
            <p className="failure" role="alert">
              {errorWords(failure)}
            </p>
          )}
          {paper && papers.isPending && <LoadingState rows={2} label={t('finding')} />}
          {paper && papers.isError && <ReadFailed of={papers} />}
          {paper && papers.data?.length === 0 && (
            <EmptyState title={t('noPaper', { number: paper })}>{t('noPaperHint')}</EmptyState>
          )}
          {paper && papers.data && <PaperList papers={papers.data} chosen={chosen} onChoose={choose} />}
          {!asked && !shared && !paper && <ScreenList screens={screens} chosen={chosen} />}
          {!asked && typed && (
            <p className="nt">
              <IconInfoCircle className="i" aria-hidden />
              <span>{t('pressEnterToFind')}</span>
            </p>
          )}
          {asked && answer.isPending && <LoadingState rows={3} label={t('finding')} />}
          {asked && answer.isError && <ReadFailed of={answer} />}
          {asked && answer.isSuccess && found.length === 0 && (
            <EmptyState title={t('nobodyFound')}>
              {t(asked.complete ? 'nobodyByNumber' : 'nobodyByName')}
            </EmptyState>
          )}
          {asked && found.length > 0 && (
            <FoundList found={found} query={asked} chosen={chosen} onChoose={choose} />
          )}
          {can.find && (
            <p className="nt">
              <IconInfoCircle className="i" aria-hidden />
              <span>{t('findingShowsIdentity')}</span>
            </p>
          )}
        </div>
        <div className="ft">
          <span>
            <kbd>↑</kbd>
            <kbd>↓</kbd>
            {t('choose')}
          </span>
          <span>
            <kbd>↵</kbd>
            {t(asked || !typed ? 'openIt' : 'findIt')}
          </span>
          {asked && answer.data && (
            <span className="took" role="status">
              {t('foundIn', {
                count: found.length,
                seconds: (answer.data.tookMs / 1000).toFixed(2).replace('.', ','),
              })}
            </span>
          )}
        </div>
      </section>
      {asking && (
        <ReasonSheet person={asking} onCancel={() => setAsking(undefined)} onOpened={() => go(asking.id)} />
      )}
    </dialog>
  );
}
