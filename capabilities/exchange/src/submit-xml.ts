import type { Context, Issue } from '@yba/fhir';
import { forbidden, operationOutcome, OutcomeError, outcomeError } from '@yba/fhir';
import type { OperationRequest, OperationResponse } from '@yba/http';
import { isGlobalLocationNumber } from '@yba/vietnam';
import { type Envelope, EnvelopeFault, readDossier, readEnvelope } from '@yba/vietnam/dossier';
import { quarantine } from './books.ts';
import type { Desk } from './desk.ts';
import { type DossierAnswer, fileDossier } from './file-dossier.ts';
import { issueOf } from './issues.ts';

/** Dossiers of one envelope that are filed at the same time. */
const atOnce = 4;

/**
 * `POST [base]/$submit-xml`: files every dossier of a national XML envelope (QĐ 4750, QĐ 3176) for the caller's
 * facility and answers what became of each. Throws `invalid` when the envelope cannot be read, `forbidden` when it
 * is another facility's.
 */
export async function submitXml(
  desk: Desk,
  { context, stream }: OperationRequest,
): Promise<OperationResponse> {
  const facility = facilityOf(context);
  const envelope = await read(stream!);
  refuseForeign(envelope, facility);
  await quarantine(
    desk.owner,
    facility,
    { maLk: undefined, hash: `envelope ${context.requestId}` },
    envelope.strays,
  );
  const answers = await fileAll(desk, context, envelope);
  return { resource: parametersOf(envelope, answers) };
}

/** The caller's facility; dossiers are a facility's to send. */
export function facilityOf({ caller }: Context): string {
  if (!caller.facility)
    throw forbidden('Chỉ cơ sở khám chữa bệnh gửi được hồ sơ. Only a health facility may send dossiers');
  return caller.facility;
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<Envelope> {
  try {
    return await readEnvelope(stream);
  } catch (error) {
    if (!(error instanceof EnvelopeFault)) throw error;
    const issue = issueOf(error.finding);
    throw new OutcomeError(
      [
        {
          ...issue,
          severity: 'fatal',
          code: 'invalid',
          diagnostics: `${issue.diagnostics} (${error.message})`,
        } as Issue,
      ],
      { cause: error },
    );
  }
}

function refuseForeign({ facility: said }: Envelope, facility: string): void {
  if (said === facility || said === '') return;
  const remedy = isGlobalLocationNumber(said)
    ? 'MACSKCB là mã 5 ký tự của cơ sở, không phải mã GLN 13 số. MACSKCB is the 5-character code, not the 13-digit GLN'
    : `Tệp ghi MACSKCB ${said} nhưng người gửi thuộc cơ sở ${facility}. The file says MACSKCB ${said}, the sender belongs to ${facility}`;
  throw outcomeError('forbidden', remedy, 'GIAMDINHHS.THONGTINDONVI.MACSKCB');
}

/** Files the dossiers a few at a time; those of one patient or one visit one after the other, as they stand. */
async function fileAll(desk: Desk, context: Context, envelope: Envelope): Promise<DossierAnswer[]> {
  const answers: DossierAnswer[] = [];
  const busy = new Map<string, Promise<unknown>>();
  let next = 0;
  let turn: Promise<unknown> = Promise.resolve(); // read one after the other, so that `busy` keeps their order
  const worker = async () => {
    for (let at = next++; at < envelope.dossiers.length; at = next++) {
      const raw = envelope.dossiers[at]!;
      envelope.dossiers[at] = { files: [], strays: [] }; // let go of what is read
      const reading = turn.then(() => readDossier(raw));
      turn = reading;
      const dossier = await reading;
      const keys = [`visit ${dossier.maLk}`, `patient ${dossier.summary?.MA_BN}`];
      const before = keys.map((key) => busy.get(key) ?? Promise.resolve());
      const filed = Promise.allSettled(before).then(() =>
        fileDossier(desk, context, dossier, envelope.signature),
      );
      for (const key of keys) busy.set(key, filed);
      answers[at] = await filed;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return answers;
}

function parametersOf(envelope: Envelope, answers: readonly DossierAnswer[]): object {
  const issues = [...envelope.strays, ...envelope.findings].map(issueOf);
  return {
    resourceType: 'Parameters',
    parameter: [
      ...answers.map((answer) => ({ name: 'dossier', part: partsOf(answer) })),
      ...(issues.length ? [{ name: 'outcome', resource: operationOutcome(issues) }] : []),
    ],
  };
}

function partsOf({ maLk, status, patient, encounter, findings, elements }: DossierAnswer): object[] {
  return [
    ...(maLk ? [{ name: 'maLK', valueString: maLk }] : []),
    { name: 'status', valueCode: status },
    ...(patient ? [{ name: 'patient', valueReference: { reference: patient } }] : []),
    ...(encounter ? [{ name: 'encounter', valueReference: { reference: encounter } }] : []),
    { name: 'outcome', resource: operationOutcome([summary(status, elements), ...findings.map(issueOf)]) },
  ];
}

const words: Record<DossierAnswer['status'], string> = {
  stored: 'Đã lưu. Stored',
  duplicate:
    'Hồ sơ này đã được lưu trước đó với cùng nội dung. This dossier was stored before with the same content',
  replaced: 'Đã thay bằng nội dung mới. Replaced by the new content',
  quarantined: 'Chưa lưu được, đã giữ lại để sửa. Not stored; kept in quarantine to be mended',
};

function summary(
  status: DossierAnswer['status'],
  { read, stored, quarantined }: DossierAnswer['elements'],
): Issue {
  return {
    severity: status === 'quarantined' ? 'error' : 'information',
    code: status === 'duplicate' ? 'duplicate' : status === 'quarantined' ? 'processing' : 'informational',
    diagnostics: `${words[status]}. Elements read ${read} = stored ${stored} + quarantined ${quarantined}`,
  };
}
