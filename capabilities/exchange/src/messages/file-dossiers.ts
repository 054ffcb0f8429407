import type { Issue } from '@yba/fhir';
import { forbidden, OutcomeError } from '@yba/fhir';
import { isGlobalLocationNumber } from '@yba/vietnam';
import { type Envelope, EnvelopeFault, readDossier, readEnvelope } from '@yba/vietnam/dossier';
import type { MessageDesk } from '../desk.ts';
import { type DossierAnswer, fileDossier, type Status } from '../file-dossier.ts';
import { issueOf } from '../issues.ts';
import { superseded } from './file-record.ts';
import {
  type DocumentBook,
  hold,
  holdDocument,
  readDocument,
  settle,
  settleAlone,
  type Settlement,
  type Task,
} from './task.ts';
import type { Disposition } from './vocabulary.ts';
import { xmlOf } from './what-it-is-about.ts';

const dispositions: Readonly<Record<Exclude<Status, 'quarantined'>, Disposition>> = {
  stored: 'created',
  replaced: 'replaced',
  duplicate: 'duplicate',
};

/**
 * Files the dossiers of a message as `$submit-xml` does, one after the other. A message with one dossier is settled in
 * the commit that files it; one with several when all are. It is refused when a dossier went to quarantine: the others
 * are in the record all the same, as its links say.
 */
export async function fileDossiers(desk: MessageDesk, task: Task): Promise<void> {
  const known = await readDocument(desk.owner, task.document);
  if (known && BigInt(known.seq) > BigInt(task.seq)) throw superseded();
  const envelope = await envelopeOf(task);
  const answers: DossierAnswer[] = [];
  const single = envelope.dossiers.length === 1;
  for (const raw of envelope.dossiers) {
    const dossier = await readDossier(raw);
    let settled = false;
    const answer = await fileDossier(desk, task.context, dossier, envelope.signature, {
      isTrial: task.lease === undefined,
      before: async (db) => {
        await hold(db, task);
        await holdDocument(db, task, known);
      },
      after: async (db, filed) => {
        if (!single && task.lease !== undefined) return;
        const settlement = settlementOf([filed], envelope);
        await settle(db, task, settlement, bookOf(task, settlement));
        settled = true;
      },
    });
    if (settled) return;
    answers.push(answer);
  }
  await settleAlone(desk.writer, task, settlementOf(answers, envelope));
}

const bookOf = (task: Task, { links = [] }: Settlement): DocumentBook => ({
  content: task.content,
  patient: null,
  links,
  rows: {},
});

async function envelopeOf({ message, facility }: Task): Promise<Envelope> {
  const envelope = await readEnvelope([xmlOf(message)]).catch((error: unknown) => {
    if (!(error instanceof EnvelopeFault)) throw error;
    throw new OutcomeError([{ ...issueOf(error.finding), severity: 'error' }], { cause: error });
  });
  const { facility: said } = envelope;
  if (said !== '' && said !== facility)
    throw forbidden(
      isGlobalLocationNumber(said)
        ? 'MACSKCB là mã 5 ký tự của cơ sở, không phải mã GLN 13 số. MACSKCB is the 5-character code, not the 13-digit GLN.'
        : `Tệp ghi MACSKCB của cơ sở khác với người gửi (${facility}). The file names another facility than the sender's, ${facility}.`,
    );
  return envelope;
}

function settlementOf(answers: readonly DossierAnswer[], envelope: Envelope): Settlement {
  const refused = answers.filter(({ status }) => status === 'quarantined');
  const issues: Issue[] = [
    ...[...envelope.strays, ...envelope.findings].map(issueOf),
    ...answers.flatMap(({ status, findings }) =>
      // a finding that kept a dossier out is an error of the message
      findings.map(issueOf).map((issue) => (status === 'quarantined' ? issue : asWarning(issue))),
    ),
  ].slice(0, ISSUES_MOST);
  const links = [
    ...new Set(answers.flatMap(({ patient, encounter }) => [patient ?? [], encounter ?? []].flat())),
  ];
  const patients = links.filter((one) => one.startsWith('Patient/'));
  const filed =
    answers.find(({ status }) => status !== 'quarantined' && status !== 'duplicate') ?? answers[0]!;
  return {
    state: refused.length > 0 ? 'refused' : 'filed',
    ...(filed.status === 'quarantined' ? {} : { disposition: dispositions[filed.status] }),
    ...(patients.length === 1 ? { patient: patients[0]!.slice('Patient/'.length) } : {}),
    links: links.slice(0, LINKS_MOST),
    issues,
  };
}

/** Most of an outcome that is kept; `$quarantine` has every finding. */
const ISSUES_MOST = 100;
const LINKS_MOST = 400;

const asWarning = (issue: Issue): Issue =>
  issue.severity === 'error' ? { ...issue, severity: 'warning' } : issue;
