import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { carryOut } from './call.ts';
import { Field, TextField, WorkDialog } from './form.tsx';
import { useDirectoryText } from './messages.ts';

const KINDS = ['station', 'clinic', 'provincial', 'centre'] as const;
const FIELDS = ['name', 'commune', 'line', 'contactName', 'contactPhone', 'vendor'] as const;
const NEEDED: readonly string[] = ['name', 'commune', 'contactName'];

/** Takes down an application to connect. */
export function ApplyDialog({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const t = useDirectoryText();
  const client = useQueryClient();
  const [kind, setKind] = useState<string>('station');
  const [values, setValues] = useState<Partial<Record<(typeof FIELDS)[number], string>>>({});
  const work = async () => {
    const made = await carryOut('$apply-onboarding', { kind, ...values });
    await client.invalidateQueries({ queryKey: ['onboardings'] });
    onMade(made.value('id'));
  };
  return (
    <WorkDialog title={t('applyTitle')} work={work} onClose={onClose}>
      {FIELDS.map((field) => (
        <TextField
          key={field}
          label={NEEDED.includes(field) ? t(field) : `${t(field)} (${t('optional')})`}
          required={NEEDED.includes(field)}
          value={values[field] ?? ''}
          onChange={(value) => setValues({ ...values, [field]: value })}
        />
      ))}
      <Field label={t('facilityKind')}>
        {(id) => (
          <select id={id} value={kind} onChange={(event) => setKind(event.target.value)}>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {t(`fkind-${one}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </WorkDialog>
  );
}
