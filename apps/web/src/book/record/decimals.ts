/** A limit written with as many decimals as the value it is compared with: 7 beside "7.2" is "7.0". */
export const withDecimalsOf = (digits: string | undefined, limit: number): string => {
  const decimals = digits?.split('.')[1]?.length ?? 0;
  const own = String(limit).split('.')[1]?.length ?? 0;
  return limit.toFixed(Math.min(Math.max(decimals, own), 6));
};
