import { STATUS_CODES } from 'node:http';
import { operationOutcome, parseJson, subsetText } from '@yba/fhir';
import type { Issue, OutcomeError, Subset, Written } from '@yba/fhir';
import { HttpError, statusOf } from '@yba/http';
import type { BundleEntry } from './bundle-entries.ts';

/** What a Bundle answers of one write. Source: https://hl7.org/fhir/R4/bundle.html#transaction-response */
export type WriteAnswer = {
  response: {
    status: string;
    location?: string;
    etag?: string;
    lastModified: string;
    outcome?: ReturnType<typeof operationOutcome>;
  };
};

/** What a repeat of a transaction is answered again: kept with the first one. */
export type Kept = { answers: WriteAnswer[]; issues: Issue[] };

/** The text under which it is kept, from the texts of its answers. */
export function keptText(answers: readonly string[], issues: readonly Issue[]): string {
  return `{"answers":[${answers.join(',')}],"issues":${JSON.stringify(issues)}}`;
}

const STATUS = { created: 201, updated: 200, deleted: 204, unchanged: 200 } as const;

/** `404 Not Found` */
export const statusLine = (status: number): string => `${status} ${STATUS_CODES[status]}`;

export function writeAnswer({ type, id, version, updated, outcome }: Written): WriteAnswer {
  const response: Partial<WriteAnswer['response']> = { status: statusLine(STATUS[outcome]) };
  if (outcome !== 'deleted') response.location = `${type}/${id}/_history/${version}`;
  if (version > 0) response.etag = `W/"${version}"`;
  response.lastModified = updated.toISOString();
  return { response: response as WriteAnswer['response'] };
}

/** The text of an entry that wrote; with the resource, or a part of it, when it was asked for. */
export function writtenText(
  answer: WriteAnswer,
  written: Written | undefined,
  wanted: 'minimal' | 'representation' | 'OperationOutcome' | undefined,
  subset: Subset | undefined,
): string {
  if (wanted === 'OperationOutcome') answer.response.outcome ??= done(answer);
  const response = `"response":${JSON.stringify(answer.response)}`;
  const isShown = wanted === 'representation' && written && written.text !== '';
  return isShown
    ? `{"resource":${subsetText(written.text, subset, parseJson)},${response}}`
    : `{${response}}`;
}

function done({ response }: WriteAnswer) {
  return operationOutcome([
    { severity: 'information', code: 'informational', diagnostics: `Done: ${response.status}` },
  ]);
}

/** Puts each issue into the answer of the entry it speaks of; the first entry's when it speaks of the whole. */
export function tellIssues(
  answers: WriteAnswer[],
  writes: readonly BundleEntry[],
  issues: readonly Issue[],
): void {
  for (const issue of issues) {
    const index = /^Bundle\.entry\[(\d+)\]/.exec(issue.expression?.[0] ?? '')?.[1];
    const place = index === undefined ? 0 : writes.findIndex((entry) => entry.index === Number(index));
    const answer = answers[place] ?? answers[0];
    if (!answer) continue;
    answer.response.outcome = operationOutcome([...(answer.response.outcome?.issue ?? []), issue]);
  }
}

/** The text of an entry that failed by itself, with those of its issues that are `told`. */
export function failedText(error: OutcomeError, told: readonly Issue[], hasBody: boolean): string {
  const status = statusLine(error instanceof HttpError ? error.status : statusOf(error.issues, { hasBody }));
  return JSON.stringify({ response: { status, outcome: operationOutcome(told) } });
}

export function responseBundle(
  type: 'transaction-response' | 'batch-response',
  entries: readonly string[],
): string {
  const body = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `{"resourceType":"Bundle","type":"${type}"${body}}`;
}
