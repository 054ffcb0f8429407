import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Dialog, ErrorState, formatNumber, LoadingState, useLanguage } from '@yba/ui';
import { useState, type FormEvent } from 'react';
import { errorWords } from '../fhir/client.ts';
import { ReadFailed } from '../fhir/read-failed.tsx';
import { useLogText } from './messages.ts';
import { EFFECTS, type Filter, replay, type ReplayOf } from './use-messages.ts';

/** Says what a replay would do before it is done; doing it takes a reason. */
export function ReplayDialog({
  which,
  onClose,
  onRun,
}: {
  which: ReplayOf;
  onClose(): void;
  /** Begins the replay of a whole filter that takes several steps. */
  onRun(filter: Filter, reason: string, total: number): void;
}) {
  const t = useLogText();
  const { language } = useLanguage();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const preview = useQuery({
    queryKey: ['replay-preview', which],
    queryFn: () => replay(which, undefined),
    staleTime: Infinity,
    gcTime: 0,
  });
  const doing = useMutation({
    mutationFn: () => replay(which, reason),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['message-log'] });
      await client.invalidateQueries({ queryKey: ['message'] });
    },
  });
  const { counts = {}, messages = 0, total = 0, next } = preview.data ?? {};
  const isLong = next !== undefined && 'filter' in which;
  const effective = (counts.filed ?? 0) + (counts.waiting ?? 0) + (counts.refused ?? 0);
  const hasReason = reason.trim().split(/\s+/).length >= 2;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!hasReason) return;
    if (!isLong) return doing.mutate();
    onRun(which.filter, reason, total);
    onClose();
  };
  return (
    <Dialog title={t('replayTitle')} onClose={onClose}>
      {preview.isPending && <LoadingState rows={4} />}
      {preview.isError && <ReadFailed of={preview} />}
      {preview.isSuccess && !doing.isSuccess && (
        <form className="replay" onSubmit={submit}>
          <p>{t('replayLead')}</p>
          <ul>
            {EFFECTS.filter((effect) => counts[effect]).map((effect) => (
              <li key={effect} className={effect}>
                {t(`effect-${effect}`, { count: counts[effect]! })}
              </li>
            ))}
          </ul>
          {isLong && (
            <p className="note">
              {t('replayLong', { total: formatNumber(total, language), first: messages })}
            </p>
          )}
          {effective === 0 && !isLong ? (
            <p>{t('replayNothing')}</p>
          ) : (
            <>
              <label>
                {t('reason')}
                <input
                  value={reason}
                  placeholder={t('reasonHint')}
                  autoFocus
                  maxLength={200}
                  onChange={({ target }) => setReason(target.value)}
                />
              </label>
              {doing.isError && <ErrorState>{errorWords(doing.error)}</ErrorState>}
              <Button type="submit" look="primary" disabled={!hasReason || doing.isPending}>
                {t('doReplay', { count: isLong ? formatNumber(total, language) : effective })}
              </Button>
            </>
          )}
        </form>
      )}
      {doing.isSuccess && (
        <div className="replay">
          <p role="status">{t('replayDone', { count: doing.data.queued ?? 0 })}</p>
          <Button look="primary" onClick={onClose}>
            {t('close')}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
