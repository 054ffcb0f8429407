import type { NearSearch } from './search-request.ts';
import type { PositionValue } from './values.ts';

const METRES: Record<string, number> = {
  km: 1000,
  m: 1,
  '[mi_i]': 1609.344,
  '[mi_us]': 1609.347,
  mi: 1609.344,
  '[nmi_i]': 1852,
};

/** What counts as near when no distance is given. */
const defaultMetres = 5000;

/**
 * Reads `latitude|longitude|distance|unit` (WGS84; kilometres and 5 km unless said). Undefined for anything else.
 * Source: https://hl7.org/fhir/R4/location.html#positional
 */
export function parseNear(parts: readonly string[]): NearSearch | undefined {
  const [latitude, longitude, distance = '', unit = ''] = parts;
  const numbers = [latitude, longitude, distance || '1'].map((part) =>
    /^[+-]?\d{1,9}(\.\d{1,15})?$/.test(part ?? '') ? Number(part) : Number.NaN,
  );
  const [lat, long, far] = numbers as [number, number, number];
  const metres = METRES[unit || 'km'];
  if (
    parts.length > 4 ||
    !(Math.abs(lat) <= 90) ||
    !(Math.abs(long) <= 180) ||
    !(far >= 0) ||
    metres === undefined
  )
    return undefined;
  return {
    kind: 'near',
    latitude: lat,
    longitude: long,
    metres: distance === '' ? defaultMetres : far * metres,
  };
}

const earthMetres = 6_371_008.8;

/** Great-circle distance by the haversine formula, in metres. */
export function distance(a: Omit<PositionValue, 'kind'>, b: Omit<PositionValue, 'kind'>): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (difference: number) => Math.sin(radians(difference) / 2) ** 2;
  const share =
    half(b.latitude - a.latitude) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(b.longitude - a.longitude);
  return 2 * earthMetres * Math.asin(Math.min(1, Math.sqrt(share)));
}
