import type { Context, Issue } from '@yba/fhir';
import { forbidden, operationOutcome, OutcomeError, outcomeError } from '@yba/fhir';
import type { OperationRequest, OperationResponse } from '@yba/http';
import { isGlobalLocationNumber } from '@yba/vietnam';
import {
  type Envelope,
  EnvelopeFault,
  type RawDossier,
  readDossier,
  readEnvelope,
} from '@yba/vietnam/dossier';
import { quarantine } from './books.ts';
import type { Desk } from './desk.ts';
import { type DossierAnswer, fileDossier } from './file-dossier.ts';
import { issueOf } from './issues.ts';
import { inRoom } from './room.ts';

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

/** Findings that one answer tells; those beyond are counted: `$quarantine` has what is set aside. */
const FINDINGS_MOST = 20_000;

type Told = DossierAnswer & { untold: number };

/** Files the dossiers a few at a time; those of one patient or one visit one after the other, as they stand. */
async function fileAll(desk: Desk, context: Context, envelope: Envelope): Promise<Told[]> {
  const answers: Told[] = [];
  const busy = new Map<string, Promise<unknown>>();
  let next = 0;
  let turn: Promise<unknown> = Promise.resolve(); // read one after the other, so that `busy` keeps their order
  let told = 0;
  const fileOne = async (raw: RawDossier): Promise<DossierAnswer> => {
    const reading = turn.then(() => readDossier(raw));
    turn = reading;
    const dossier = await reading;
    const keys = [`visit ${dossier.maLk}`, `patient ${dossier.summary?.MA_BN}`];
    const before = keys.map((key) => busy.get(key) ?? Promise.resolve());
    const filed = Promise.allSettled(before).then(() =>
      fileDossier(desk, context, dossier, envelope.signature),
    );
    for (const key of keys) busy.set(key, filed);
    return filed;
  };
  const worker = async () => {
    for (let at = next++; at < envelope.dossiers.length; at = next++) {
      const raw = envelope.dossiers[at]!;
      envelope.dossiers[at] = { files: [], strays: [] }; // let go of what is read
      const bytes = raw.files.reduce((sum, { content }) => sum + content.length, 0);
      const { findings, ...answer } = await inRoom(desk, bytes, () => fileOne(raw));
      const some = findings.slice(0, Math.max(0, FINDINGS_MOST - told));
      told += some.length;
      answers[at] = { ...answer, findings: some, untold: findings.length - some.length };
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return answers;
}

function parametersOf(envelope: Envelope, answers: readonly Told[]): object {
  const issues = [...envelope.strays, ...envelope.findings].map(issueOf);
  return {
    resourceType: 'Parameters',
    parameter: [
      ...answers.map((answer) => ({ name: 'dossier', part: partsOf(answer) })),
      ...(issues.length ? [{ name: 'outcome', resource: operationOutcome(issues) }] : []),
    ],
  };
}

function partsOf({ maLk, status, patient, encounter, findings, untold, elements }: Told): object[] {
  return [
    ...(maLk ? [{ name: 'maLK', valueString: maLk }] : []),
    { name: 'status', valueCode: status },
    ...(patient ? [{ name: 'patient', valueReference: { reference: patient } }] : []),
    ...(encounter ? [{ name: 'encounter', valueReference: { reference: encounter } }] : []),
    {
      name: 'outcome',
      resource: operationOutcome([summary(status, elements), ...findings.map(issueOf), ...left(untold)]),
    },
  ];
}

const left = (untold: number): Issue[] =>
  untold === 0
    ? []
    : [
        {
          severity: 'information',
          code: 'informational',
          diagnostics: `Còn ${untold} lỗi không kể ở đây. ${untold} more are not told here; ask $quarantine`,
        },
      ];

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
