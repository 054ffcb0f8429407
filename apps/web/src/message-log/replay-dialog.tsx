import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Dialog, ErrorState, LoadingState } from '@yba/ui';
import { useState, type FormEvent } from 'react';
import { errorWords } from '../fhir/client.ts';
import { useLogText } from './messages.ts';
import { EFFECTS, replay, type ReplayOf } from './use-messages.ts';

/** Says what a replay would do before it is done; doing it takes a reason. */
export function ReplayDialog({ which, onClose }: { which: ReplayOf; onClose(): void }) {
  const t = useLogText();
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
  const { counts = {}, messages = 0 } = preview.data ?? {};
  const effective = (counts.filed ?? 0) + (counts.waiting ?? 0) + (counts.refused ?? 0);
  const hasReason = reason.trim().split(/\s+/).length >= 2;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (hasReason) doing.mutate();
  };
  return (
    <Dialog title={t('replayTitle')} onClose={onClose}>
      {preview.isPending && <LoadingState rows={4} />}
      {preview.isError && (
        <ErrorState onRetry={() => void preview.refetch()}>{errorWords(preview.error)}</ErrorState>
      )}
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
          {messages >= 100 && <p className="note">{t('replayMost')}</p>}
          {effective === 0 ? (
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
                {t('doReplay', { count: effective })}
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
