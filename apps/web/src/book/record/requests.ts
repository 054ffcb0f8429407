import type { Bundle } from '../../fhir/types.ts';

export type RequestKind = 'ask' | 'object' | 'correct';

/** What the person asked about a look, and what was answered. */
export type LookRequest = {
  id: string;
  /** Id of the AuditEvent it is about. */
  event: string;
  kind: RequestKind;
  text: string;
  facility: string;
  sent: string;
  due: string;
  /** Whether it is not answered though its time is over. */
  late: boolean;
  /** When the facility was last told that it is to answer. */
  reminded: string | undefined;
  answer: { text: string; sent: string; by: string } | undefined;
};

type Party = { display?: string };
type Communication = {
  resourceType: string;
  id?: string;
  status?: string;
  extension?: { url: string; valueDateTime?: string }[];
  category?: { coding?: { system?: string; code?: string }[] }[];
  about?: { reference?: string }[];
  inResponseTo?: { reference?: string }[];
  sent?: string;
  sender?: Party;
  recipient?: Party[];
  payload?: { contentString?: string }[];
};

const kinds: readonly RequestKind[] = ['ask', 'object', 'correct'];

/** Reads the requests of a searchset of questions and answers, in its order. */
export function requestsOf(bundle: Bundle): LookRequest[] {
  const all = (bundle.entry ?? []).flatMap(({ resource }) => {
    const one = resource as Communication | undefined;
    return one?.resourceType === 'Communication' ? [one] : [];
  });
  const said = all.filter(({ inResponseTo }) => inResponseTo);
  return all
    .filter((one) => !one.inResponseTo)
    .map((one) => {
      const about = said.filter(
        ({ inResponseTo }) => inResponseTo?.[0]?.reference === `Communication/${one.id}`,
      );
      return requestOf(
        one,
        about.find((each) => !isReminder(each)),
        about.filter(isReminder).at(-1),
      );
    });
}

const isReminder = ({ category }: Communication) =>
  category?.some(({ coding }) => coding?.some(({ system }) => system?.endsWith('/look-request-reminder'))) ??
  false;

function requestOf(
  question: Communication,
  answer: Communication | undefined,
  reminder: Communication | undefined,
): LookRequest {
  const code = question.category?.[0]?.coding?.[0]?.code;
  const due = question.extension?.find(({ url }) => url.endsWith('/answer-due'))?.valueDateTime ?? '';
  const isOverdue = reminder?.category?.some(({ coding }) => coding?.some((one) => one.code === 'overdue'));
  return {
    id: question.id ?? '',
    event: question.about?.[0]?.reference?.replace('AuditEvent/', '') ?? '',
    kind: kinds.find((kind) => kind === code) ?? 'ask',
    text: question.payload?.[0]?.contentString ?? '',
    facility: question.recipient?.[0]?.display ?? '',
    sent: question.sent ?? '',
    due,
    late: !answer && (isOverdue === true || Date.parse(due) < Date.now()),
    reminded: reminder?.sent,
    answer: answer && {
      text: answer.payload?.[0]?.contentString ?? '',
      sent: answer.sent ?? '',
      by: answer.sender?.display ?? '',
    },
  };
}
