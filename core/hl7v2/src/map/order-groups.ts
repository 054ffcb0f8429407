import { Hl7v2Error } from '../hl7v2-error.ts';
import type { Message, Segment } from '../message.ts';

/** One order of a message: its ORC, its OBR and what stands behind it until the next. */
export type OrderGroup = { orc?: Segment; obr: Segment; rest: Segment[] };

/** The orders of ORM, OML and ORU. Throws Hl7v2Error at OBR when there is none. */
export function orderGroups(message: Message): OrderGroup[] {
  const groups: OrderGroup[] = [];
  let orc: Segment | undefined;
  for (const segment of message.segments) {
    if (segment.name === 'ORC') orc = segment;
    else if (segment.name === 'OBR') {
      groups.push({ ...(orc ? { orc } : {}), obr: segment, rest: [] });
      orc = undefined;
    } else groups.at(-1)?.rest.push(segment);
  }
  if (groups.length === 0)
    throw new Hl7v2Error(
      '101',
      { segment: 'OBR', sequence: 1 },
      {
        vi: 'Bản tin không có đoạn OBR: không có chỉ định nào.',
        en: 'The message has no OBR: there is no order in it.',
      },
    );
  return groups;
}

/** The numbers of an order: the placer's (ORC-2, OBR-2) and the filler's (ORC-3, OBR-3). Throws Hl7v2Error without either. */
export function orderNumbers({ orc, obr }: OrderGroup): { placer: string; filler: string } {
  const placer = obr.text(2) || orc?.text(2) || '';
  const filler = obr.text(3) || orc?.text(3) || '';
  if (!placer && !filler)
    throw new Hl7v2Error(
      '101',
      { segment: 'OBR', sequence: obr.sequence, field: 3 },
      {
        vi: 'Thiếu số chỉ định (OBR-2) và số phiếu kết quả (OBR-3): không có số thì không sửa được về sau.',
        en: 'Neither a placer (OBR-2) nor a filler order number (OBR-3): without a number it could not be corrected later.',
      },
    );
  return { placer, filler };
}

/** The segments of a name in a group, each with the NTE behind it. */
export function withNotes(rest: readonly Segment[], name: string): { segment: Segment; notes: Segment[] }[] {
  return rest.flatMap((segment, at) => {
    if (segment.name !== name) return [];
    const notes: Segment[] = [];
    for (let next = at + 1; rest[next]?.name === 'NTE'; next++) notes.push(rest[next]!);
    return [{ segment, notes }];
  });
}
