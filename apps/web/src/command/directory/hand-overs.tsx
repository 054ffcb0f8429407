import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, ErrorState, formatDateTime, formatNumber, useLanguage } from '@yba/ui';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { currentSession } from '../../auth/session.ts';
import { errorWords, FhirError } from '../../fhir/client.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { ask, carryOut, type Told } from './call.ts';
import { TextField, WorkDialog } from './form.tsx';
import { useDirectoryText } from './messages.ts';

const AGAIN_MS = 2_000;

/** The hand-overs of a facility that left: prepared in the background, each file to be kept. */
export function HandOvers({ facility, ready }: { facility: string; ready: boolean }) {
  const t = useDirectoryText();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [why, setWhy] = useState('');
  const list = useQuery({
    queryKey: ['hand-overs', facility],
    queryFn: ({ signal }) => ask('$hand-overs', { facility }, signal),
    refetchInterval: ({ state }) =>
      state.data?.list('handOver').some((one) => one.value('state') === 'running') ? AGAIN_MS : false,
  });
  const start = async () => {
    await carryOut('$hand-over', { facility, why });
    await client.invalidateQueries({ queryKey: ['hand-overs', facility] });
  };
  const rows = list.data?.list('handOver') ?? [];
  return (
    <div>
      <h3>{t('handOverTitle')}</h3>
      {list.isError && <ReadFailed of={list} />}
      {list.data && rows.length === 0 && <p className="quiet">{t('handOverNone')}</p>}
      {rows.map((row) => (
        <HandOver key={row.value('id')} row={row} />
      ))}
      {ready && (
        <Button className="small" onClick={() => setAsking(true)}>
          {t('handOverStart')}
        </Button>
      )}
      {asking && (
        <WorkDialog title={t('handOverStart')} work={start} onClose={() => setAsking(false)}>
          <TextField label={t('why')} hint={t('whyHint')} required value={why} onChange={setWhy} />
        </WorkDialog>
      )}
    </div>
  );
}

function HandOver({ row }: { row: Told }) {
  const t = useDirectoryText();
  const { language } = useLanguage();
  const [error, setError] = useState<unknown>();
  const files = row.list('file');
  const count = formatNumber(
    files.reduce((sum, file) => sum + file.count('count'), 0),
    language,
  );
  if (row.value('state') === 'running') return <p role="status">{t('handOverRunning', { count })}</p>;
  const keep = (name: string) => {
    setError(undefined);
    keepFile(`/hand-over/${row.value('id')}/${name}`, name).catch(setError);
  };
  return (
    <div className="handover">
      <p>{t('handOverDone', { count, time: formatDateTime(row.value('finished')) })}</p>
      <div className="acts">
        {['manifest.json', ...files.map((file) => file.value('name'))].map((name) => (
          <Button key={name} className="small" onClick={() => keep(name)}>
            <IconDownload className="i" aria-hidden />
            {t('download', { name })}
          </Button>
        ))}
      </div>
      {error !== undefined && <ErrorState>{errorWords(error)}</ErrorState>}
    </div>
  );
}

/** Gives a file that asks for the session's token to the browser. */
async function keepFile(path: string, name: string): Promise<void> {
  const answer = await fetch(path, {
    headers: { authorization: `Bearer ${currentSession()?.accessToken ?? ''}` },
  });
  if (!answer.ok) throw new FhirError(answer.status);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
