import { useConformanceText } from './messages.ts';

const [HEIGHT, STEP, BAR, LEAST] = [26, 9, 7, 2];

/** Errors of the checks lately as bars, oldest first; the last stands out. */
export function Trend({ errors }: { errors: readonly number[] }) {
  const t = useConformanceText();
  const most = Math.max(1, ...errors);
  return (
    <svg
      className="trendbars"
      role="img"
      aria-label={t('trendWords', { list: errors.join(', ') })}
      width={errors.length * STEP}
      height={HEIGHT}
    >
      {errors.map((count, at) => {
        const height = count === 0 ? LEAST : Math.max(LEAST + 2, Math.round((count / most) * HEIGHT));
        return (
          <rect
            key={at}
            className={count === 0 ? 'none' : at === errors.length - 1 ? 'last' : ''}
            x={at * STEP}
            y={HEIGHT - height}
            width={BAR}
            height={height}
            rx={1}
          />
        );
      })}
    </svg>
  );
}
