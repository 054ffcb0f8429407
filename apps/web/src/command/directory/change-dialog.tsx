import { todayInVietNam } from '@yba/ui';
import { useState } from 'react';
import { carryOut } from './call.ts';
import { Field, DayField, TextField, WorkDialog } from './form.tsx';
import { useDirectoryText } from './messages.ts';

const KINDS = ['renamed', 'moved', 'merged', 'split', 'closed'] as const;
type Kind = (typeof KINDS)[number];
type Name = 'name' | 'line' | 'commune' | 'successor' | 'decision' | 'why';

/** Records that a facility was renamed, moved, merged, split or closed, with the decision and why. */
export function ChangeDialog({
  code,
  name,
  onClose,
  onDone,
}: {
  code: string;
  name: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const t = useDirectoryText();
  const [kind, setKind] = useState<Kind>('renamed');
  const [on, setOn] = useState(todayInVietNam());
  const [values, setValues] = useState<Partial<Record<Name, string>>>({});
  const field = (key: Name) => ({
    value: values[key] ?? '',
    onChange: (value: string) => setValues({ ...values, [key]: value }),
  });
  const work = async () => {
    await carryOut('Organization/$change-facility', { code, kind, on, ...values });
    onDone();
  };
  return (
    <WorkDialog title={t('changeTitle', { name })} work={work} onClose={onClose}>
      <Field label={t('changeKind')}>
        {(id) => (
          <select id={id} value={kind} autoFocus onChange={(event) => setKind(event.target.value as Kind)}>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {t(`kind-${one}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <DayField label={t('fromDay')} required value={on} max={todayInVietNam()} onChange={setOn} />
      {kind === 'renamed' && <TextField label={t('newName')} required {...field('name')} />}
      {kind === 'moved' && (
        <>
          <TextField label={t('commune')} required {...field('commune')} />
          <TextField label={t('line')} {...field('line')} />
        </>
      )}
      {(kind === 'merged' || kind === 'split' || kind === 'closed') && (
        <TextField label={t('successor')} required={kind !== 'closed'} {...field('successor')} />
      )}
      <TextField label={`${t('decision')} (${t('optional')})`} {...field('decision')} />
      <TextField label={t('why')} hint={t('whyHint')} required {...field('why')} />
    </WorkDialog>
  );
}
