import {
  AllergyStrip,
  Button,
  EmptyState,
  ErrorState,
  LoadingState,
  PartialBar,
  PatientBanner,
  useKeys,
  usePageTitle,
} from '@yba/ui';
import { IconLock, IconPrinter, IconSearch, IconCalendarPlus, IconSend } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { useSession } from '../../auth/session.ts';
import { errorWords, FhirError } from '../../fhir/client.ts';
import { useLive } from '../../fhir/live.ts';
import { openFind } from '../find/find-state.ts';
import { useClinicText } from '../messages.ts';
import { askForCopy, useCopyWords } from '../print/copies.ts';
import { SealCheck } from '../print/seal-check.tsx';
import { useSeal } from '../print/seal.ts';
import { useReferralText } from '../referrals/messages.ts';
import { SummaryPaper } from '../print/summary-paper.tsx';
import { allergyState } from '../record/allergies.ts';
import { useChart, type Chart } from '../record/chart.ts';
import { useFacilities, type Facilities } from '../record/facilities.ts';
import { nameWords } from '../record/resource-words.ts';
import { CHART_TABS, type ChartTab } from '../route-tree.ts';
import { noteRecent } from '../shell/recent.ts';
import { ABILITIES, roleOf } from '../shell/roles.ts';
import { AppMenu } from './app-menu.tsx';
import { bannerPerson } from './banner-person.ts';
import { DocumentsTab } from './documents-tab.tsx';
import { MedicinesTab } from './medicines-tab.tsx';
import { deniedWords, missingParts } from './missing-parts.ts';
import { Overview } from './overview.tsx';
import { missingSources } from '../../fhir/live-sources.ts';
import { ResultsTab } from './results-tab.tsx';
import { SilentSources, useAskAgain } from './silent-sources.tsx';
import { VisitsTab } from './visits-tab.tsx';
import { WhyLine } from './why-line.tsx';

const route = getRouteApi('/clinic/person/$id');

/** One person's chart over all hospitals. */
export function ChartPage() {
  const t = useClinicText();
  usePageTitle(t('chartTitle'));
  const { id } = route.useParams();
  const care = ABILITIES[roleOf(useSession())].readCare;
  const chart = useChart(id, care);
  const queries = useQueryClient();
  const isOpen = useLive(chart.isSuccess ? `patient=Patient/${id}` : undefined, ({ event }) => {
    if (event === 'chart') void queries.invalidateQueries({ queryKey: ['chart', id] });
  });
  const isWaiting = chart.data?.sources.some(({ state }) => state === 'asked') ?? false;
  useEffect(() => {
    // what came between the reading and the opening of the stream was told to nobody
    if (isOpen && isWaiting) void queries.invalidateQueries({ queryKey: ['chart', id] });
  }, [isOpen, isWaiting, queries, id]);
  if (chart.isPending) return <Waiting />;
  if (chart.isError && !chart.data)
    return <NotShown error={chart.error} onRetry={() => void chart.refetch()} />;
  return (
    <ShownChart
      care={care}
      key={id}
      chart={chart.data}
      onReload={chart.askAgain}
      onWaited={() => void chart.refetch()}
      stale={chart.isRefetchError}
    />
  );
}

function Waiting() {
  return (
    <div className="chart waiting">
      <LoadingState rows={12} />
    </div>
  );
}

function NotShown({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = useClinicText();
  const closed = error instanceof FhirError && (error.status === 404 || error.status === 403);
  useKeys([{ keys: 'Alt R', label: t('reload'), run: onRetry }]);
  return (
    <div className="plainpage middle">
      <h1 className="vh">{t(closed ? 'notOpenTitle' : 'chartFailed')}</h1>
      {closed ? (
        <EmptyState
          title={t('notOpenTitle')}
          icon={<IconLock className="i" aria-hidden />}
          action={
            <Button look="primary" keys="F2" onClick={() => openFind()}>
              <IconSearch className="i" aria-hidden />
              {t('findAndOpen')}
            </Button>
          }
        >
          {errorWords(error)}
        </EmptyState>
      ) : (
        <ErrorState title={t('chartFailed')} onRetry={onRetry}>
          {errorWords(error)}
        </ErrorState>
      )}
    </div>
  );
}

/** What every tab gets: the chart, the facilities, and the code of the user's own one. */
export type TabProps = { chart: Chart; facilities: Facilities; own: string | undefined };

type ShownChartProps = {
  chart: Chart;
  care: boolean;
  /** Reads it again, and asks hospitals again that are silent. */
  onReload: () => void;
  /** Reads it again after a while. */
  onWaited: () => void;
  stale: boolean;
};

function ShownChart({ chart, care, onReload, onWaited, stale }: ShownChartProps) {
  const t = useClinicText();
  const navigate = useNavigate();
  const own = useSession()?.claims.facility;
  const facilities = useFacilities();
  const name = nameWords(chart.patient.name) || t('nameUnread');
  const id = chart.patient.id ?? '';
  useEffect(() => noteRecent({ id, name }), [id, name]);
  useKeys([
    { keys: 'Alt R', label: t('reload'), run: onReload },
    { keys: 'Esc', label: t('backToWorkbench'), run: () => void navigate({ to: '/clinic' }) },
  ]);
  const missing = [...(stale ? [t('staleChart')] : []), ...missingParts(chart, t)];
  const seconds = useAskAgain(chart.sources, onWaited);
  const isSilent = missingSources(chart.sources).length > 0;
  const partial = (missing.length > 0 || isSilent) && (
    <PartialBar onRetry={onReload} keys="Alt R" {...(seconds ? { note: t('asksAgainIn', { seconds }) } : {})}>
      {isSilent && <SilentSources sources={chart.sources} facilities={facilities} />}
      {isSilent && missing.length > 0 && ' · '}
      {missing.join(' · ')}
    </PartialBar>
  );
  const props: TabProps = { chart, facilities, own };
  return (
    <div className="chart">
      <PatientBanner person={bannerPerson(chart, own, t)} />
      <WhyLine id={id} />
      {care ? <CareChart {...props} partial={partial} /> : <DeskChart {...props} partial={partial} />}
    </div>
  );
}

/** What the reception desk sees: visits, insurance and appointments; what it does not see is said. */
function DeskChart({ partial, ...props }: TabProps & { partial: ReactNode }) {
  const t = useClinicText();
  return (
    <>
      <p className="denied desknote">
        <IconLock className="i" aria-hidden />
        {t('deskNote', { parts: deniedWords(props.chart, t) })}
      </p>
      {partial}
      <div className="tab">
        <VisitsTab {...props} />
      </div>
    </>
  );
}

function CareChart({ partial, ...props }: TabProps & { partial: ReactNode }) {
  const { chart, facilities, own } = props;
  const t = useClinicText();
  const navigate = useNavigate();
  const tab = route.useSearch().tab ?? 'overview';
  const id = chart.patient.id ?? '';
  const to = (next: ChartTab) =>
    void navigate({
      to: '/clinic/person/$id',
      params: { id },
      search: next === 'overview' ? {} : { tab: next },
    });
  const copyWords = useCopyWords();
  const referralText = useReferralText();
  const refer = () => void navigate({ to: '/clinic/person/$id/refer', params: { id } });
  const revisit = () => void navigate({ to: '/clinic/person/$id/revisit', params: { id } });
  const [paper, setPaper] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  // the paper is made once its printing was asked for and logged: the browser's own menu prints none before
  const print = async () => {
    setRefusal(undefined);
    try {
      await askForCopy(id, 'print');
    } catch (error) {
      setRefusal(copyWords(error));
      return;
    }
    flushSync(() => setPaper(true));
    window.addEventListener('afterprint', () => setPaper(false), { once: true });
    window.print();
  };
  useKeys([
    ...CHART_TABS.map((one, index) => ({
      keys: `Alt ${index + 1}`,
      label: index === 0 ? t('tabsLabel') : t(`tab-${one}`),
      ...(index === 0 ? { printed: `Alt 1 – ${CHART_TABS.length}` } : {}),
      run: () => to(one),
      quiet: index !== 0,
    })),
    { keys: 'Alt C', label: referralText('composeNav'), run: refer },
    { keys: 'Alt H', label: referralText('revisitNav'), run: revisit },
    { keys: 'Ctrl P', label: t('printSummary'), run: () => void print(), inText: true },
  ]);
  const seal = useSeal(chart);
  return (
    <>
      <AllergyStrip allergies={allergyState(chart.parts.allergies, facilities, own)} />
      <nav className="tabs" aria-label={t('tabsLabel')}>
        <div className="names">
          {CHART_TABS.map((one, index) => (
            <button
              type="button"
              key={one}
              className={one === tab ? 'on' : ''}
              aria-current={one === tab ? 'page' : undefined}
              onClick={() => to(one)}
            >
              {t(`tab-${one}`)}
              <kbd aria-hidden="true">Alt {index + 1}</kbd>
            </button>
          ))}
        </div>
        <div className="r">
          <AppMenu patient={id} />
          <Button className="tight" keys="Alt C" onClick={refer}>
            <IconSend className="i" aria-hidden />
            {referralText('composeNav')}
          </Button>
          <Button className="tight" keys="Alt H" onClick={revisit}>
            <IconCalendarPlus className="i" aria-hidden />
            {referralText('revisitNav')}
          </Button>
          <Button className="tight" keys="Ctrl P" onClick={() => void print()}>
            <IconPrinter className="i" aria-hidden />
            {t('printSummary')}
          </Button>
        </div>
      </nav>
      {refusal && (
        <p className="denied desknote" role="alert">
          <IconLock className="i" aria-hidden />
          {refusal}
        </p>
      )}
      {partial}
      <SealCheck seal={seal} />
      <div className="tab">
        {tab === 'overview' && <Overview {...props} onTab={to} />}
        {tab === 'results' && <ResultsTab {...props} />}
        {tab === 'medicines' && <MedicinesTab {...props} />}
        {tab === 'visits' && <VisitsTab {...props} />}
        {tab === 'documents' && <DocumentsTab {...props} />}
      </div>
      {paper && <SummaryPaper {...props} seal={seal} />}
    </>
  );
}
