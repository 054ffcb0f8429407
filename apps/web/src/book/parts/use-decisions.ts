import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { entriesOf, fhir, FhirError } from '../../fhir/client.ts';
import type { Bundle, Parameters } from '../../fhir/types.ts';
import { useBook } from '../book-context.tsx';
import {
  DATA_KINDS,
  decisionsOf,
  type Consent,
  type DataKind,
  type Decision,
  type SensitiveKind,
} from '../record/decisions.ts';

/** What the person decided, and how to decide more. */
export type Decisions = {
  state: 'loading' | 'ready' | 'failed';
  error: unknown;
  decisions: Decision[];
  reload: () => void;
  /** Each throws FhirError. */
  decide(consent: object): Promise<void>;
  takeBack(decision: Decision): Promise<void>;
  share(hours: number, kinds: readonly DataKind[], sensitive: readonly SensitiveKind[]): Promise<ShareCode>;
};

export type ShareCode = { code: string; until: string };

/** A decision, or a share, that was sent and not answered: sent again as it was, it is made once. */
type Sent = { said: string; body: object; key: string };

/** What a decision says: a moment later its times are others, by less than a day. */
const said = (consent: object): string =>
  JSON.stringify(consent, (name, value: unknown) =>
    name === 'dateTime' || name === 'end' ? String(value).slice(0, 10) : value,
  );

/** Sends what is decided; as it was, under its key, while no answer came to it. Throws FhirError. */
async function sendOnce<Answer>(
  unanswered: { current: Sent | undefined },
  path: string,
  decided: object,
): Promise<Answer> {
  const saying = `${path} ${said(decided)}`;
  if (unanswered.current?.said !== saying)
    unanswered.current = { said: saying, body: decided, key: crypto.randomUUID() };
  const { body, key } = unanswered.current;
  try {
    const answer = await fhir<Answer>(path, { method: 'POST', body, headers: { 'idempotency-key': key } });
    unanswered.current = undefined;
    return answer;
  } catch (error) {
    // what was made under the key is no more: the next is a new one
    if (error instanceof FhirError && [410, 422].includes(error.status)) unanswered.current = undefined;
    throw error;
  }
}

/** Reads the Consents of the open book. */
export function useDecisions(): Decisions {
  const { patient } = useBook();
  const client = useQueryClient();
  const unanswered = useRef<Sent | undefined>(undefined);
  const { data, error, refetch } = useQuery({
    queryKey: ['decisions', patient],
    queryFn: ({ signal }) => fhir<Bundle>(`Consent?patient=${patient}&_count=200`, { signal }),
    enabled: Boolean(patient),
  });
  return useMemo(() => {
    const again = () => client.invalidateQueries({ queryKey: ['decisions'] });
    return {
      state: data ? 'ready' : error ? 'failed' : 'loading',
      error,
      decisions: decisionsOf(entriesOf(data, 'Consent' as never) as unknown as Consent[], new Date()),
      reload: () => void refetch(),
      async decide(consent) {
        await sendOnce(unanswered, 'Consent', consent);
        await again();
      },
      async takeBack({ consent }) {
        await fhir(`Consent/${consent.id}`, { method: 'PUT', body: { ...consent, status: 'inactive' } });
        await again();
      },
      async share(hours, kinds, sensitive) {
        const answer = await sendOnce<Parameters>(unanswered, `${patient}/$share`, {
          resourceType: 'Parameters',
          parameter: [
            { name: 'hours', valueInteger: hours },
            ...kinds
              .flatMap((kind): readonly string[] => DATA_KINDS[kind])
              .map((code) => ({ name: 'type', valueCode: code })),
            ...sensitive.map((code) => ({ name: 'class', valueCode: code })),
          ],
        });
        await again();
        const told = (name: string) => answer.parameter?.find((one) => one.name === name);
        return {
          code: told('code')?.valueString ?? '',
          until: (told('until') as { valueInstant?: string } | undefined)?.valueInstant ?? '',
        };
      },
    };
  }, [data, error, patient, client, refetch]);
}
