import type { ReactNode } from 'react';
import { formatDateTime } from '@yba/ui';
import { encode } from 'uqr';
import { createPortal } from 'react-dom';
import { useScreenLock } from '../auth/screen-lock.ts';
import { useServerInfo } from '../shell/server-info.ts';
import type { PaperSize } from './paper-size.tsx';
import { words } from './words.ts';
import './papers.css';

type SheetProps = {
  size: PaperSize;
  /** Who gives the paper, and where that is. */
  facility: string;
  address: string | undefined;
  /** Lines under the facility and under the motto: numbers and registers. */
  left: readonly string[];
  right?: readonly string[];
  /** What the code holds. */
  code: string;
  codeWords: string;
  signs: readonly Signature[];
  children: ReactNode;
};

/** Who signs: above which words, on which day, and the name and licence known already. */
export type Signature = { who: string; hint: string; day?: string; name?: string; licence?: string };

/** One paper for the patient's hand, black ink only: the facility, the motto, the content, who signs, a code. A child of the body, seen in print alone. */
export function Sheet(props: SheetProps) {
  const { size, facility, address, left, right = [], code, codeWords, signs, children } = props;
  const demo = useServerInfo()?.demo ?? false;
  const { locked } = useScreenLock();
  if (locked) return null;
  return createPortal(
    <article className={`paper sheet-${size.toLowerCase()} formpaper`} aria-hidden="true" lang="vi">
      <style>{`@page { size: ${size} portrait; margin: ${size === 'A5' ? '8mm 9mm' : '15mm 16mm'}; }`}</style>
      <header>
        <div>
          <b>{facility.toLocaleUpperCase('vi')}</b>
          {address && <span>{address}</span>}
          {left.map((line) => (
            <span key={line}>{line}</span>
          ))}
        </div>
        <div>
          <b>{words.nation}</b>
          <b className="motto">{words.motto}</b>
          {right.map((line) => (
            <span key={line}>{line}</span>
          ))}
        </div>
      </header>
      {demo && <p className="rehearsal">{words.demo}</p>}
      {children}
      <footer>
        <div className="signs">
          {signs.map(({ who, hint, day, name, licence }) => (
            <div key={who}>
              <i>{day ?? '\u00a0'}</i>
              <b>{who}</b>
              <i>{hint}</i>
              <span className="room" />
              <b>{name ?? '\u00a0'}</b>
              {licence && (
                <small>
                  {words.licence} {licence}
                </small>
              )}
            </div>
          ))}
        </div>
        <div className="code">
          <Code text={code} />
          <span>
            {codeWords} {words.printed} {formatDateTime(new Date())}.
          </span>
        </div>
      </footer>
    </article>,
    document.body,
  );
}

function Code({ text }: { text: string }) {
  const { size, data } = encode(text, { ecc: 'M', border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000" d={path} />
    </svg>
  );
}

/** A line of a form: what it is, and what is written there; dots for the pen when nothing is. */
export function Line({
  label,
  children,
  short = false,
}: {
  label: string;
  children?: ReactNode;
  short?: boolean;
}) {
  const isEmpty = children === undefined || children === '' || children === null;
  return (
    <p className={short ? 'line short' : 'line'}>
      <span className="label">{label}:</span> {isEmpty ? <span className="pen" /> : <span>{children}</span>}
    </p>
  );
}
