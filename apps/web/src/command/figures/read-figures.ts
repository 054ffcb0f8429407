import type { Parameter, Parameters } from '../../fhir/types.ts';

/** One province of the country with what the coordination knows of it. */
export type ProvinceFigures = {
  code: string;
  name: string;
  facilities: number;
  connected: number;
  visitsToday: number;
  lastContact: string | undefined;
};

/** One facility: whether it is connected, and when it was last heard of. */
export type FacilityFigures = {
  code: string;
  name: string;
  province: string | undefined;
  connected: boolean;
  visitsToday: number;
  lastContact: string | undefined;
};

/** Visits of one hour of today; undefined for hours to come. `weekBefore` is the same hour seven days ago. */
export type HourFigures = { hour: number; visits: number | undefined; weekBefore: number };

/** The coordination's figures as the server computed them at `asOf`, from the feed up to `feedPosition`. */
export type Figures = {
  asOf: string;
  day: string;
  feedPosition: string;
  visitsToday: number;
  receivedToday: number;
  facilities: number;
  connected: number;
  /** Connected facilities heard of in the last 24 hours. */
  sending: number;
  provinces: ProvinceFigures[];
  /** Those longest silent first; sums above cover also the ones left out here. */
  rows: FacilityFigures[];
  rowsOmitted: number;
  hours: HourFigures[];
};

/** Reads the answer of `Organization/$coordination-status`. */
export const readFigures = ({ parameter = [] }: Parameters): Figures => {
  const named = (name: string) => parameter.find((one) => one.name === name);
  const all = (name: string) =>
    parameter.filter((one) => one.name === name).map(({ part = [] }) => partsOf(part));
  const whole = (name: string) => named(name)?.valueInteger ?? 0;
  const asOf = named('asOf')?.valueDateTime ?? '';
  return {
    asOf,
    day: (named('day') as { valueDate?: string } | undefined)?.valueDate ?? asOf.slice(0, 10),
    feedPosition: named('feedPosition')?.valueString ?? '',
    visitsToday: whole('visitsToday'),
    receivedToday: whole('receivedToday'),
    facilities: whole('facilities'),
    connected: whole('connectedFacilities'),
    sending: whole('sendingFacilities'),
    provinces: all('province').map((part) => ({
      code: part.code('code') ?? '',
      name: part.text('name') ?? '',
      facilities: part.whole('facilities') ?? 0,
      connected: part.whole('connected') ?? 0,
      visitsToday: part.whole('visitsToday') ?? 0,
      lastContact: part.moment('lastContact'),
    })),
    rows: all('facility').map((part) => ({
      code: part.code('code') ?? '',
      name: part.text('name') ?? '',
      province: part.code('province'),
      connected: part.flag('connected') ?? false,
      visitsToday: part.whole('visitsToday') ?? 0,
      lastContact: part.moment('lastContact'),
    })),
    rowsOmitted: whole('facilitiesOmitted'),
    hours: all('hour').map((part) => ({
      hour: part.whole('hour') ?? 0,
      visits: part.whole('visits'),
      weekBefore: part.whole('visitsWeekBefore') ?? 0,
    })),
  };
};

const partsOf = (parts: Parameter[]) => {
  const named = (name: string) => parts.find((part) => part.name === name);
  return {
    code: (name: string) => named(name)?.valueCode,
    text: (name: string) => named(name)?.valueString,
    whole: (name: string) => named(name)?.valueInteger,
    flag: (name: string) => named(name)?.valueBoolean,
    moment: (name: string) => named(name)?.valueDateTime,
  };
};
