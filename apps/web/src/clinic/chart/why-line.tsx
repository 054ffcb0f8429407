import { useLanguage } from '@yba/ui';
import { IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { fhir } from '../../fhir/client.ts';
import type { Parameters } from '../../fhir/types.ts';
import { useClinicText } from '../messages.ts';

/** Why this chart can be seen: the policy's own words, which also stand in the person's list of looks. */
export function WhyLine({ id }: { id: string }) {
  const t = useClinicText();
  const { language } = useLanguage();
  const why = useQuery({
    queryKey: ['chart', id, 'why'],
    queryFn: ({ signal }) => fhir<Parameters>(`Patient/${id}/$why`, { signal }),
    retry: false,
  });
  const words = why.data?.parameter?.find(({ name }) => name === language)?.valueString;
  if (!words) return null;
  return (
    <p className="whyline">
      <IconShieldCheck className="i" aria-hidden />
      <b>{t('whySeen')}</b>
      <span title={words}>{words}</span>
    </p>
  );
}
