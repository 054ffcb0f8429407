import { usePageTitle } from '@yba/ui';
import { IconFlask2, IconId, IconStethoscope } from '@tabler/icons-react';
import { DoorLink } from './door-link.tsx';
import type { Interaction } from './interaction.ts';
import { useSignInText } from './messages.ts';

/** Sign-in of citizens: the way to VNeID, said plainly to be imitated in a rehearsal. */
export function CitizenCard({ interaction }: { interaction: Interaction }) {
  const t = useSignInText();
  usePageTitle(t('citizenTitle'));
  const { vneid } = interaction;
  return (
    <div className="card citizen">
      <h2>{t('citizenTitle')}</h2>
      {vneid ? (
        <a className="btn pri vn" href={vneid.url}>
          <IconId className="i" aria-hidden />
          {t('withVneid')}
        </a>
      ) : (
        <p>{t('noVneid')}</p>
      )}
      {vneid?.imitation && (
        <div className="simu">
          <IconFlask2 className="i" aria-hidden />
          <span>
            <b>{t('imitationLead')}</b> {t('imitation')}
          </span>
        </div>
      )}
      <DoorLink to="/clinic/" icon={<IconStethoscope className="i" aria-hidden />} name={t('doorClinic')} />
    </div>
  );
}
