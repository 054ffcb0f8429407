import { LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, MarkAreaComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { formatDate, formatDateTime, formatMonth, formatNumber } from './format.ts';
import { useLanguage } from './language.tsx';
import { useUiText } from './messages.ts';
import type { TrendSeries } from './trend-chart.tsx';

use([LineChart, GridComponent, MarkAreaComponent, TooltipComponent, AriaComponent, SVGRenderer]);

/** Ends and step of an axis in round numbers around the values, with room above and below. */
function roundAxis(low: number, high: number): { min: number; max: number; step: number } {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const min = Math.floor((low - span * 0.08) / step) * step;
  return { min: low >= 0 ? Math.max(0, min) : min, max: Math.ceil((high + span * 0.12) / step) * step, step };
}

/** The drawn trend: circles in range, red diamonds out of range, the reference range as a grey band. */
export function TrendChartDrawn({ series }: { series: TrendSeries }) {
  const t = useUiText();
  const { language } = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const chart = init(element, undefined, { renderer: 'svg' });
    const values = series.points.map((point) => point.value);
    const ends = [series.reference?.low, series.reference?.high].filter((end) => end !== undefined);
    const low = Math.min(...values, ...ends);
    const high = Math.max(...values, ...ends);
    const axis = roundAxis(low, high);
    const times = series.points.map((point) => point.at);
    const [first, last] = [Math.min(...times), Math.max(...times)];
    const margin = Math.max((last - first) * 0.04, 12 * 3_600_000);
    const long = last - first > 120 * 86_400_000;
    chart.setOption({
      animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      animationDuration: 180,
      grid: { left: 52, right: 20, top: 16, bottom: 28 },
      textStyle: {
        fontFamily: '"Yba Figures","Be Vietnam Pro",system-ui,sans-serif',
        fontSize: 11.5,
        color: '#3D4653',
      },
      tooltip: {
        trigger: 'item',
        borderColor: '#C9CFD8',
        textStyle: { color: '#14181F', fontSize: 12 },
        formatter: (item: { dataIndex: number }) => {
          const point = series.points[item.dataIndex];
          return point
            ? `${point.text} ${series.unit}<br>${formatDateTime(new Date(point.at))}<br>${point.source}`
            : '';
        },
      },
      xAxis: {
        type: 'time',
        min: first - margin,
        max: last + margin,
        axisLine: { lineStyle: { color: '#838C99' } },
        axisLabel: {
          formatter: (at: number) => (long ? formatMonth(new Date(at)) : formatDate(new Date(at))),
          hideOverlap: true,
          color: '#5A6371',
        },
      },
      yAxis: {
        type: 'value',
        min: axis.min,
        max: axis.max,
        interval: axis.step,
        axisLabel: {
          formatter: (value: number) => formatNumber(Number(value.toPrecision(3)), language),
          color: '#5A6371',
        },
        splitLine: { lineStyle: { color: '#ECEFF3' } },
      },
      series: [
        {
          type: 'line',
          lineStyle: { color: '#5A6371', width: 1.6 },
          data: series.points.map((point) => ({
            value: [point.at, point.value],
            symbol: point.out ? 'diamond' : 'circle',
            symbolSize: point.out ? 11 : 8,
            itemStyle: { color: point.out ? '#B3261E' : '#3D4653' },
            label: {
              show: series.points.length <= 12,
              position: 'top',
              formatter: point.text,
              color: '#14181F',
              fontWeight: 600,
            },
          })),
          ...(ends.length > 0
            ? {
                markArea: {
                  silent: true,
                  itemStyle: { color: '#E7EAEF' },
                  data: [
                    [
                      { yAxis: series.reference?.low ?? axis.min },
                      { yAxis: series.reference?.high ?? axis.max },
                    ],
                  ],
                },
              }
            : {}),
        },
      ],
    });
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(element);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [series, language]);
  return <div ref={box} className="trend" role="img" aria-label={t('trendOf', { name: series.name })} />;
}
