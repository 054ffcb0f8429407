import { IconMap2, IconStethoscope, IconUserHeart } from '@tabler/icons-react';
import { useServerInfo } from '../shell/server-info.ts';
import { DoorLink } from './door-link.tsx';
import { useSignInText } from './messages.ts';
import { SignInFrame } from './sign-in-frame.tsx';

/** The first page: three doors. */
export function DoorsPage() {
  const t = useSignInText();
  const demo = useServerInfo()?.demo ?? false;
  return (
    <SignInFrame>
      <div className="card doors">
        <h2>{t('doorsTitle')}</h2>
        <DoorLink
          to="/clinic/"
          icon={<IconStethoscope className="i" aria-hidden />}
          name={t('doorClinic')}
          hint={t('doorClinicHint')}
        />
        <DoorLink
          to="/book/"
          icon={<IconUserHeart className="i" aria-hidden />}
          name={t('doorBook')}
          hint={t(demo ? 'doorBookHintDemo' : 'doorBookHint')}
        />
        <DoorLink
          to="/command/"
          icon={<IconMap2 className="i" aria-hidden />}
          name={t('doorCommand')}
          hint={t('doorCommandHint')}
        />
      </div>
    </SignInFrame>
  );
}
