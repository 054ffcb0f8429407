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

const DAY_MS = 86_400_000;
const VIETNAM_MS = 7 * 3_600_000; // no summer time

/** Until when a request made now is to be answered: the end of the last day, in Viet Nam. Holidays are not known here. */
export function dueOf(kind: RequestKind, asked: Date): Date {
  const deadline = DEADLINES[kind];
  let day = Math.floor((asked.getTime() + VIETNAM_MS) / DAY_MS);
  if ('days' in deadline) day += deadline.days;
  else for (let left = deadline.workingDays; left > 0; day++) if (isWorkingDay(day + 1)) left--;
  return new Date((day + 1) * DAY_MS - VIETNAM_MS - 1);
}

/** Day 0 of the epoch was a Thursday. */
const isWorkingDay = (day: number) => ![2, 3].includes(day % 7);
