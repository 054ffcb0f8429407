import type { Message, Segment } from '../message.ts';
import { setAsideReason } from './set-aside.ts';

/** One field that was not mapped, and why. */
export type SetAside = { place: string; reason: string };

/** Read = mapped + set aside, in fields that say something. */
export type Accounts = { read: number; mapped: number; setAside: SetAside[] };

/** A message that notes which fields are asked for, so that none vanishes unseen. */
export function tracked(message: Message): { message: Message; accounts(): Accounts } {
  const asked = new Set<string>();
  const segments = message.segments.map((segment): Segment => {
    const note = (field: number) => asked.add(`${segment.name} ${segment.sequence} ${field}`);
    return {
      ...segment,
      text: (field, ...rest) => (note(field), segment.text(field, ...rest)),
      count: (field) => (note(field), segment.count(field)),
      isNull: (field) => (note(field), segment.isNull(field)),
    };
  });
  return {
    message: {
      ...message,
      segments,
      first: (name) => segments.find((segment) => segment.name === name),
      all: (name) => segments.filter((segment) => segment.name === name),
    },
    accounts() {
      const said = message.said();
      const setAside = said
        .filter(({ segment, sequence, field }) => !asked.has(`${segment} ${sequence} ${field}`))
        .map(({ segment, sequence, field }) => ({
          place: `${segment}${sequence > 1 ? `[${sequence}]` : ''}-${field}`,
          reason: setAsideReason(segment, field),
        }));
      return { read: said.length, mapped: said.length - setAside.length, setAside };
    },
  };
}
