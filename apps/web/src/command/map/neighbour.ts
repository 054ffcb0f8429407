import type { Outline } from './project.ts';

const directions: Record<string, readonly [number, number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** The province that an arrow key leads to: the nearest one in that direction; undefined at the edge. */
export const neighbour = (
  provinces: readonly Pick<Outline, 'code' | 'at'>[],
  from: string,
  key: string,
): string | undefined => {
  const direction = directions[key];
  const here = provinces.find(({ code }) => code === from)?.at;
  if (!direction || !here) return undefined;
  const [alongX, alongY] = direction;
  const reached = provinces.flatMap(({ code, at }) => {
    const [dx, dy] = [at[0] - here[0], at[1] - here[1]];
    const along = dx * alongX + dy * alongY;
    const aside = Math.abs(dx * alongY) + Math.abs(dy * alongX);
    return code !== from && along > 0 && aside <= 2 * along ? [{ code, cost: along + 2 * aside }] : [];
  });
  return reached.sort((one, other) => one.cost - other.cost)[0]?.code;
};
