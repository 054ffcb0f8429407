import { formatNumber, formatPercent, useLanguage } from '@yba/ui';
import { useRef, useState, type KeyboardEvent } from 'react';
import { useCommandText } from '../messages.ts';
import type { MapValue, Measure, Step } from '../figures/measures.ts';
import { ratioOf } from '../figures/states.ts';
import { callouts } from './callouts.ts';
import { neighbour } from './neighbour.ts';
import { drawing, project } from './project.ts';
import { provinceName, provinces } from './provinces.ts';

type Props = {
  values: readonly MapValue[];
  measure: Measure;
  chosen: string | undefined;
  onChoose: (code: string | undefined) => void;
};

/** The country as 34 provinces coloured in five steps, with Hoàng Sa and Trường Sa. Arrow keys move, Enter chooses. */
export function CountryMap({ values, measure, chosen, onChoose }: Props) {
  const t = useCommandText();
  const { language } = useLanguage();
  const [at, setAt] = useState('01');
  const drawn = useRef<SVGSVGElement>(null);
  const words = useProvinceWords(measure);
  const stepOf = new Map(values.map((value) => [value.code, value]));
  const move = (event: KeyboardEvent, code: string) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onChoose(code === chosen ? undefined : code);
      return;
    }
    const next = neighbour(provinces, code, event.key);
    if (!next) return;
    event.preventDefault();
    setAt(next);
    drawn.current?.querySelector<SVGElement>(`[data-province="${next}"]`)?.focus();
  };
  const top = provinces.find(({ code }) => code === chosen);
  return (
    <svg
      ref={drawn}
      className="country"
      viewBox={`0 0 ${drawing.width} ${drawing.height}`}
      role="group"
      aria-label={`${t('mapTitle')}. ${t('mapHint')}`}
    >
      <defs>
        <pattern
          id="hatch"
          width="52"
          height="52"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="52" height="52" className="hatch-ground" />
          <rect width="11" height="52" className="hatch-line" />
        </pattern>
      </defs>
      {provinces.map(({ code, path }) => (
        <path key={code} d={path} className="coast" />
      ))}
      {provinces.map(({ code, path }) => {
        const value = stepOf.get(code);
        return (
          <path
            key={code}
            d={path}
            className={`province ${stepClass(value?.step)}`}
            data-province={code}
            role="button"
            tabIndex={code === at ? 0 : -1}
            aria-pressed={code === chosen}
            aria-label={words(code, value)}
            onClick={() => {
              setAt(code);
              onChoose(code === chosen ? undefined : code);
            }}
            onKeyDown={(event) => move(event, code)}
          >
            <title>{words(code, value)}</title>
          </path>
        );
      })}
      {top && <path d={top.path} className="chosen" aria-hidden="true" />}
      <g className="callouts" aria-hidden="true">
        {callouts(chosen).map(({ code, from, to, anchor }) => (
          <g key={code}>
            <line x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} />
            <circle cx={from[0]} cy={from[1]} r="17" />
            <text x={to[0] + (anchor === 'start' ? 30 : -30)} y={to[1] + 36} textAnchor={anchor}>
              {provinceName(code, language)}
            </text>
          </g>
        ))}
      </g>
      <Islands
        of={project(112.0, 16.5)}
        dots={hoangSa}
        radius={[190, 130]}
        name={t('hoangSa')}
        under={t('hoangSaOf')}
      />
      <Islands
        of={project(113.2, 10.0)}
        dots={truongSa}
        radius={[300, 200]}
        name={t('truongSa')}
        under={t('truongSaOf')}
      />
    </svg>
  );
}

/** Class of a step of the scale. */
export const stepClass = (step: Step | undefined): string => `step-${step ?? 'none'}`;

/** What a province's value says in a sentence. */
const useProvinceWords = (measure: Measure): ((code: string, value: MapValue | undefined) => string) => {
  const t = useCommandText();
  const { language } = useLanguage();
  return (code, value) => {
    const name = provinceName(code, language) ?? code;
    if (!value || value.step === 'none') return t('provinceNone', { name });
    if (measure === 'visits')
      return t('provinceVisits', { name, count: formatNumber(value.count, language) });
    const ratio = value.share && ratioOf(value.share);
    return ratio === undefined
      ? t('provinceNone', { name })
      : t('provinceShare', {
          name,
          percent: formatPercent(ratio, language),
          part: formatNumber(value.share!.part, language),
          whole: formatNumber(value.share!.whole, language),
        });
  };
};

const hoangSa = [
  [-90, -30],
  [-30, 30],
  [40, -40],
  [90, 40],
  [-60, 60],
  [20, -10],
] as const;

const truongSa = [
  [-200, -60],
  [-120, 40],
  [-50, -90],
  [10, 10],
  [70, 90],
  [120, -70],
  [190, 20],
  [-20, 120],
  [220, -40],
] as const;

/** Islands too small for the outline, drawn as dots in a dashed ring at their true place, named with their unit. */
function Islands(props: {
  of: readonly [number, number];
  dots: readonly (readonly [number, number])[];
  radius: readonly [number, number];
  name: string;
  under: string;
}) {
  const [x, y] = props.of;
  const [rx, ry] = props.radius;
  return (
    <g className="islands" role="img" aria-label={`${props.name}, ${props.under}`}>
      {props.dots.map(([dx, dy]) => (
        <circle key={`${dx} ${dy}`} cx={x + dx} cy={y + dy} r="20" />
      ))}
      <ellipse cx={x} cy={y} rx={rx} ry={ry} />
      <text x={x} y={y + ry + 140} className="name">
        {props.name}
      </text>
      <text x={x} y={y + ry + 265} className="under">
        {props.under}
      </text>
    </g>
  );
}
