/** A point of the drawing: x to the right, y downwards, in tenths of a pixel of the 510 × 620 drawing. */
export type Point = [x: number, y: number];

type Ring = [longitude: number, latitude: number][];

/** One province as the GeoJSON of `core/vietnam/data` gives it. */
export type ProvinceFeature = {
  properties: { code: string; name: string; kind: string };
  geometry: { type: 'Polygon'; coordinates: Ring[] } | { type: 'MultiPolygon'; coordinates: Ring[][] };
};

/** One province as the map draws it: `path` is SVG path data, `at` a point well inside the largest part. */
export type Outline = { code: string; name: string; path: string; at: Point };

/** Size of the drawing in its own units. */
export const drawing = { width: 5100, height: 6000 } as const;

const west = 102.0;
const north = 23.6;
const unitsPerDegree = 385;
/** cos 16°: a degree of longitude is that much shorter than one of latitude in the middle of the country. */
const shrink = 0.9613;
/** Islands below this area (square units) are under a pixel and are left out. */
const smallestArea = 120;

/** Where a place lies on the drawing (equirectangular, true to scale at 16° north). */
export const project = (longitude: number, latitude: number): Point => [
  Math.round((longitude - west) * shrink * unitsPerDegree),
  Math.round((north - latitude) * unitsPerDegree),
];

/** Draws one province: projected, rounded to the unit, parts under a pixel dropped. */
export const outline = (feature: ProvinceFeature): Outline => {
  const { geometry, properties } = feature;
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const rings = polygons
    .flat()
    .map((ring) => withoutRepeats(ring.map(([longitude, latitude]) => project(longitude, latitude))))
    .map((points) => ({ points, area: area(points) }))
    .sort((one, other) => other.area - one.area)
    .filter((ring, index) => index === 0 || ring.area >= smallestArea);
  return {
    code: properties.code,
    name: properties.name,
    path: rings.map((ring) => pathOf(ring.points)).join(''),
    at: middle(rings[0]?.points ?? []),
  };
};

const withoutRepeats = (points: Point[]): Point[] =>
  points.filter((point, index) => {
    const before = points[index - 1];
    return !before || before[0] !== point[0] || before[1] !== point[1];
  });

const pathOf = (points: Point[]): string => {
  const [first, ...rest] = points;
  if (!first) return '';
  let [x, y] = first;
  const steps = rest.map(([toX, toY]) => {
    const step = `${toX - x} ${toY - y}`;
    [x, y] = [toX, toY];
    return step;
  });
  return `M${first[0]} ${first[1]}l${steps.join(' ').replaceAll(' -', '-')}z`;
};

const area = (points: Point[]): number => Math.abs(signedArea(points));

const signedArea = (points: Point[]): number =>
  points.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length]!;
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);

const middle = (points: Point[]): Point => {
  const whole = signedArea(points);
  if (whole === 0) return points[0] ?? [0, 0];
  let x = 0;
  let y = 0;
  points.forEach(([fromX, fromY], index) => {
    const [toX, toY] = points[(index + 1) % points.length]!;
    const part = fromX * toY - toX * fromY;
    x += (fromX + toX) * part;
    y += (fromY + toY) * part;
  });
  return [Math.round(x / (6 * whole)), Math.round(y / (6 * whole))];
};
