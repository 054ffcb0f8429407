import { encodeMessage, type Field, type SegmentFields } from './encode-message.ts';

/** A message in ER7 with a header of a hospital's system; for tests. `structure` as in MSH-9: `ADT^A01^ADT_A01`. */
export function aMessage(
  structure: string,
  segments: readonly SegmentFields[],
  { controlId = 'MSG-1', version = '2.5.1', time = '20261120080000' } = {},
): string {
  const msh: Field[] = ['HIS', 'BV', 'YBA', 'EDGE', time, '', structure.split('^'), controlId, 'P', version];
  return encodeMessage([['MSH', ...msh, '', '', '', '', '', 'UNICODE UTF-8'], ...segments]);
}
