import { isWorkingDay, nextDay } from '@yba/vietnam/calendar';

/** What a person may ask of whoever looked: why, to stop (object), or to put something right. */
export type RequestKind = 'ask' | 'object' | 'correct';

type Deadline = { workingDays: number } | { days: number };

/**
 * How long a facility has. Answering a question: two working days; acting on a correction ten days, on an objection
 * fifteen. Source: Nghị định 356/2025/NĐ-CP (yêu cầu của chủ thể dữ liệu: trả lời trong 2 ngày làm việc, thực hiện
 * trong 10, 15 hoặc 20 ngày theo loại); which kind is which is our reading, and stands here alone.
 */
export const DEADLINES: Readonly<Record<RequestKind, Deadline>> = {
  ask: { workingDays: 2 },
  correct: { days: 10 },
  object: { days: 15 },
};

/** Working days before the last on which the facility is reminded. */
const REMINDED_BEFORE = 1;

const VIETNAM_MS = 7 * 3_600_000; // no summer time

/**
 * Until when a request made now is to be answered: the end of the last day, in Viet Nam. Where that is a weekend or a
 * public holiday, the end of the next working day. Source: Bộ luật Dân sự 91/2015/QH13 điều 148 khoản 5
 */
export function dueOf(kind: RequestKind, asked: Date): Date {
  const deadline = DEADLINES[kind];
  let day = dayOf(asked);
  if ('days' in deadline) for (let left = deadline.days; left > 0; left--) day = nextDay(day);
  else
    for (let left = deadline.workingDays; left > 0;) {
      day = nextDay(day);
      if (isWorkingDay(day)) left--;
    }
  while (!isWorkingDay(day)) day = nextDay(day);
  return new Date(endOf(day));
}

/** From when on a facility is reminded of a request that is due then: the beginning of the working day before the last. */
export function remindFrom(due: Date): Date {
  let day = dayOf(due);
  for (let left = REMINDED_BEFORE; left > 0;) {
    day = dayOf(new Date(endOf(day) - 36 * 3_600_000));
    if (isWorkingDay(day)) left--;
  }
  return new Date(startOf(day));
}

const dayOf = (at: Date) => new Date(at.getTime() + VIETNAM_MS).toISOString().slice(0, 10);
const startOf = (day: string) => Date.parse(`${day}T00:00:00Z`) - VIETNAM_MS;
const endOf = (day: string) => startOf(nextDay(day)) - 1;
