import { conflict, type Context, outcomeError, type Resource } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { RegistryOptions } from '../create-registry.ts';
import { facilityAsked } from '../officer.ts';
import { parametersAnswer } from '../parameters.ts';
import { type Onboarding, onboardings, type TestFinding, type TestSummary } from './books.ts';
import { checkReadBack, READ_FIELDS } from './read-back.ts';
import { sampleFor } from './sample.ts';

/** What a test run is held to beside the kit’s rules; judged files as the kit tells of them. */
export type JudgedFiles = {
  resources: number;
  dossiers: number;
  messages: number;
  visits: number;
  errors: number;
  warnings: number;
  findings: TestFinding[];
  report: object[];
};

/** Findings kept for the workbench; all count, and the answer tells all. */
const KEPT = 60;
const MOST_FILES = 20;
const RULES_KEPT = 30;

/**
 * `POST $onboarding-test`: the software of a facility that joins sends what it would send, with its own credentials: each a
 * `bundle`, a national XML `dossier`, an HL7 v2 `message` or a `file` of any of these as it is (Base64). The conformance kit
 * judges them; `received` says what was read of the sample. Nothing of it is stored but counts and what did not hold. Passed:
 * a whole visit, and no error.
 */
export function testRunOperation(options: RegistryOptions): Operation {
  const { sql, conform } = options;
  return {
    code: 'onboarding-test',
    on: { system: true },
    methods: ['POST'],
    trusts: 'nothing',
    limit: { perMinute: 30, burst: 10 },
    handle: async ({ context, body }) => {
      const { row, facility } = await waiting(options, context);
      const { files, received } = sentIn(body);
      const judged = await conform(files, {
        facility,
        vendor: row.vendor ?? context.caller.name,
        by: context.caller.subject,
      });
      const misread = received ? checkReadBack(sampleFor(row.id), received) : [];
      const findings = [...(judged.visits === 0 ? [NO_VISIT] : []), ...misread, ...judged.findings];
      const errors = judged.errors + misread.length + (judged.visits === 0 ? 1 : 0);
      const summary: TestSummary = {
        resources: judged.resources,
        dossiers: judged.dossiers,
        messages: judged.messages,
        errors,
        warnings: judged.warnings,
        ...(received ? { read: misread.length === 0 } : {}),
        rules: [
          ...new Set(findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule)),
        ].slice(0, RULES_KEPT),
        findings: findings.filter(({ severity }) => severity !== 'information').slice(0, KEPT),
      };
      await sql`
        insert into onboarding_test (onboarding, passed, summary)
        values (${row.id}, ${errors === 0}, ${sql.json(summary as never)})`;
      return parametersAnswer([
        { name: 'passed', valueBoolean: errors === 0 },
        ...(['resources', 'dossiers', 'messages', 'errors', 'warnings'] as const).map((name) => ({
          name,
          valueInteger: summary[name] ?? 0,
        })),
        ...(received ? [{ name: 'read', valueBoolean: misread.length === 0 }] : []),
        ...[...(judged.visits === 0 ? [NO_VISIT] : []), ...misread].map(findingPart),
        ...judged.report,
      ]);
    },
  };
}

/**
 * `GET $onboarding-sample`: a visit of another facility about a person who does not exist, for the software of a facility that
 * joins to read. What it read goes back as `received` of the test run.
 */
export function sampleOperation(options: RegistryOptions): Operation {
  return {
    code: 'onboarding-sample',
    on: { system: true },
    methods: ['GET'],
    handle: async ({ context }) => {
      const { id, bundle } = sampleFor((await waiting(options, context)).row.id);
      return parametersAnswer([
        { name: 'sample', valueString: id },
        { name: 'bundle', resource: bundle },
        ...READ_FIELDS.map((valueCode) => ({ name: 'sayBack', valueCode })),
      ]);
    },
  };
}

/** The application of the facility whose software calls. Throws `forbidden`, and `conflict` when none waits for a test run. */
async function waiting(
  { sql }: RegistryOptions,
  context: Context,
): Promise<{ row: Onboarding; facility: string }> {
  const facility = facilityAsked(context, undefined);
  if (!facility) throw outcomeError('forbidden', 'A test run is sent by the software of the facility itself');
  const [row] = (await onboardings(sql, { facility })).filter(
    ({ state }) => state === 'credentialed' || state === 'tested',
  );
  if (!row) throw conflict('This facility has no application that waits for a test run');
  return { row, facility };
}

type Part = { name?: string; resource?: Resource; part?: Part[]; [value: string]: unknown };
type Sent = { files: { name: string; bytes: Uint8Array }[]; received?: Record<string, string> };

const PACKED: readonly string[] = ['dossier', 'message', 'file'];
const HOW =
  'Send bundle (a Bundle), or dossier, message or file (valueBase64Binary), and received (parts) once the sample was read';

/** What stands in the body. Throws `invalid` and `required`. */
function sentIn(body: Resource | undefined): Sent {
  const parameters = (Array.isArray(body?.['parameter']) ? body['parameter'] : []) as Part[];
  const sent: Sent = { files: [] };
  for (const { name = '', resource, part, valueBase64Binary } of parameters) {
    const numbered = `${name}[${sent.files.filter((one) => one.name.startsWith(name)).length + 1}]`;
    if (name === 'bundle' && resource)
      sent.files.push({ name: numbered, bytes: Buffer.from(JSON.stringify(resource)) });
    else if (PACKED.includes(name) && typeof valueBase64Binary === 'string')
      sent.files.push({ name: numbered, bytes: Buffer.from(valueBase64Binary, 'base64') });
    else if (name === 'received' && Array.isArray(part)) sent.received = textsOf(part);
    else throw outcomeError('invalid', HOW, 'Parameters.parameter');
  }
  if (parameters.length === 0) throw outcomeError('required', HOW, 'Parameters.parameter');
  if (sent.files.length > MOST_FILES)
    throw outcomeError('too-long', `A test run has at most ${MOST_FILES} files`, 'Parameters.parameter');
  return sent;
}

const textsOf = (parts: readonly Part[]): Record<string, string> =>
  Object.fromEntries(
    parts.map((one) => [
      String(one.name),
      String((Object.entries(one).find(([key]) => key.startsWith('value'))?.[1] as string | undefined) ?? ''),
    ]),
  );

const NO_VISIT: TestFinding = {
  severity: 'error',
  rule: 'test-visit',
  title: { vi: 'Có ít nhất một lượt khám trọn vẹn', en: 'There is at least one whole visit' },
  source: 'Y Bạ: docs/directory.md',
  file: '',
  path: 'Parameters',
  found: { vi: 'Chưa có lượt khám nào trọn vẹn.', en: 'There is no whole visit.' },
  fix: {
    vi: 'Gửi một Bundle có Patient và Encounter, một hồ sơ có XML1 dùng được, hoặc một bản tin HL7.',
    en: 'Send a Bundle with Patient and Encounter, a dossier with a usable XML1, or an HL7 message.',
  },
};

/** A finding as a part of an answer. */
export const findingPart = (one: TestFinding): object => ({
  name: 'finding',
  part: [
    { name: 'severity', valueCode: one.severity },
    { name: 'rule', valueCode: one.rule },
    { name: 'file', valueString: one.file || '–' },
    { name: 'path', valueString: one.path || '–' },
    ...(one.line ? [{ name: 'line', valueInteger: one.line }] : []),
    ...(one.more ? [{ name: 'more', valueInteger: one.more }] : []),
    ...(['title', 'found', 'fix'] as const).flatMap((what) => [
      { name: `${what}Vi`, valueString: one[what].vi },
      { name: `${what}En`, valueString: one[what].en },
    ]),
    { name: 'source', valueString: one.source },
  ],
});
