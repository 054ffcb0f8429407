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
  answer: { text: string; sent: string; by: string } | undefined;
};

type Party = { display?: string };
type Communication = {
  resourceType: string;
  id?: string;
  status?: string;
  extension?: { url: string; valueDateTime?: string }[];
  category?: { coding?: { code?: string }[] }[];
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
  const answers = new Map(
    all.flatMap((one) => (one.inResponseTo?.[0]?.reference ? [[one.inResponseTo[0].reference, one]] : [])),
  );
  return all
    .filter((one) => !one.inResponseTo)
    .map((one) => requestOf(one, answers.get(`Communication/${one.id}`)));
}

function requestOf(question: Communication, answer: Communication | undefined): LookRequest {
  const code = question.category?.[0]?.coding?.[0]?.code;
  return {
    id: question.id ?? '',
    event: question.about?.[0]?.reference?.replace('AuditEvent/', '') ?? '',
    kind: kinds.find((kind) => kind === code) ?? 'ask',
    text: question.payload?.[0]?.contentString ?? '',
    facility: question.recipient?.[0]?.display ?? '',
    sent: question.sent ?? '',
    due: question.extension?.find(({ url }) => url.endsWith('/answer-due'))?.valueDateTime ?? '',
    answer: answer && {
      text: answer.payload?.[0]?.contentString ?? '',
      sent: answer.sent ?? '',
      by: answer.sender?.display ?? '',
    },
  };
}
