import { BrandMark, DemoRibbon, formatTime, LanguageSwitch } from '@yba/ui';
import { useState, type ReactNode } from 'react';
import { useServerInfo } from '../shell/server-info.ts';
import { useSignInText } from './messages.ts';
import './sign-in.css';

/** The frame of the doors page and the sign-in page: the promise on the left, what to do on the right. */
export function SignInFrame({ children }: { children: ReactNode }) {
  const t = useSignInText();
  const server = useServerInfo();
  const [opened] = useState(() => new Date());
  return (
    <div className={server?.demo ? 'pg' : 'pg real'}>
      {server?.demo && <DemoRibbon long />}
      <section className="left" aria-label="Y Bạ">
        <BrandMark tone="light" />
        <h1>
          {t('promise1')}
          <br />
          {t('promise2')}
        </h1>
        <p>{t('promiseMore')}</p>
        <Network />
        <dl>
          <div>
            <dt>{t('systemState')}</dt>
            <dd>
              {server
                ? t(server.status === 'ok' ? 'stateNormal' : 'stateDown', { time: formatTime(opened) })
                : t('stateUnknown')}
            </dd>
          </div>
          {server?.version && (
            <div>
              <dt>{t('version')}</dt>
              <dd>{t('versionOpen', { version: server.version })}</dd>
            </div>
          )}
        </dl>
      </section>
      <main className="right">
        <LanguageSwitch />
        {children}
      </main>
    </div>
  );
}

const RINGS = [
  [44, 34],
  [96, 34],
  [150, 34],
  [70, 95],
  [128, 95],
  [58, 156],
  [112, 156],
  [162, 156],
] as const;

function Network() {
  const t = useSignInText();
  return (
    <svg className="net" width="432" height="190" viewBox="0 0 432 190" aria-hidden="true">
      <g stroke="#5878BE" strokeWidth="1.4" fill="none">
        <path d="M8 34H180C206 34 206 95 232 95H424" />
        <path d="M8 95H424" />
        <path d="M8 156H180C206 156 206 95 232 95" />
      </g>
      <g fill="#14264F" stroke="#8AA3D9" strokeWidth="2">
        {RINGS.map(([x, y]) => (
          <circle key={`${x} ${y}`} cx={x} cy={y} r="5" />
        ))}
      </g>
      <g fill="#fff">
        <circle cx="256" cy="95" r="5" />
        <circle cx="300" cy="95" r="5" />
        <circle cx="344" cy="95" r="5" />
        <circle cx="396" cy="95" r="8" />
      </g>
      <g fontSize="12" fill="#A9BCE6">
        <text x="8" y="18">
          {t('netProvince')}
        </text>
        <text x="8" y="79">
          {t('netStation')}
        </text>
        <text x="8" y="140">
          {t('netSpecial')}
        </text>
        <text x="344" y="124" fill="#fff" fontWeight="600">
          {t('netBook')}
        </text>
      </g>
    </svg>
  );
}
