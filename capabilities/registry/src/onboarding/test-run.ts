import { conflict, type Issue, operationOutcome, outcomeError, type Resource, validateFor } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { EnvelopeFault, type Finding, readDossier, readEnvelope } from '@yba/vietnam/dossier';
import type { RegistryOptions } from '../create-registry.ts';
import { facilityAsked } from '../officer.ts';
import { parametersAnswer } from '../parameters.ts';
import { onboardings, type TestSummary } from './books.ts';

/** Findings told; all count. */
const TOLD = 200;
const RULES_KEPT = 30;

type Found = { issues: Issue[]; resources: number; dossiers: number; visits: number };

/**
 * `POST $onboarding-test`: the software of a facility that joins sends what it would send, a transaction `bundle` or a
 * national XML `dossier` (Base64), with its own credentials. It is judged as `$validate` and `$submit-xml` judge it,
 * nothing of it is stored but how many passed and which rules failed. Passed: a whole visit or dossier without an error.
 */
export function testRunOperation({ sql }: RegistryOptions): Operation {
  return {
    code: 'onboarding-test',
    on: { system: true },
    methods: ['POST'],
    trusts: 'nothing',
    limit: { perMinute: 30, burst: 10 },
    handle: async ({ context, body }) => {
      const facility = facilityAsked(context, undefined);
      if (!facility)
        throw outcomeError('forbidden', 'A test run is sent by the software of the facility itself');
      const [row] = (await onboardings(sql, { facility })).filter(
        ({ state }) => state === 'credentialed' || state === 'tested',
      );
      if (!row) throw conflict('This facility has no application that waits for a test run');
      const found = await judged(body, facility);
      const errors = found.issues.filter(({ severity }) => severity === 'error' || severity === 'fatal');
      const passed = errors.length === 0 && found.visits > 0;
      const summary: TestSummary = {
        resources: found.resources,
        dossiers: found.dossiers,
        errors: errors.length,
        warnings: found.issues.filter(({ severity }) => severity === 'warning').length,
        rules: [...new Set(errors.map(ruleOf))].slice(0, RULES_KEPT),
      };
      await sql`insert into onboarding_test (onboarding, passed, summary) values (${row.id}, ${passed}, ${sql.json(summary as never)})`;
      const told = [...errors, ...found.issues.filter((issue) => !errors.includes(issue))].slice(0, TOLD);
      return parametersAnswer([
        { name: 'passed', valueBoolean: passed },
        { name: 'resources', valueInteger: found.resources },
        { name: 'dossiers', valueInteger: found.dossiers },
        ...(told.length > 0 ? [{ name: 'outcome', resource: operationOutcome(told) }] : []),
      ]);
    },
  };
}

/** Where and what, without what was sent. */
const ruleOf = ({ code, expression }: Issue) =>
  `${code}: ${(expression?.[0] ?? '').replace(/\[\d+\]/g, '').slice(0, 120)}`;

type Parameter = { name?: string; resource?: Resource; valueBase64Binary?: unknown };

async function judged(body: Resource | undefined, facility: string): Promise<Found> {
  const parameters = (Array.isArray(body?.['parameter']) ? body['parameter'] : []) as Parameter[];
  const found: Found = { issues: [], resources: 0, dossiers: 0, visits: 0 };
  for (const { name, resource, valueBase64Binary } of parameters) {
    if (name === 'bundle' && resource) judgeBundle(resource, found);
    else if (name === 'dossier' && typeof valueBase64Binary === 'string')
      await judgeDossiers(Buffer.from(valueBase64Binary, 'base64'), facility, found);
    else
      throw outcomeError(
        'invalid',
        'Send bundle (a Bundle) or dossier (valueBase64Binary)',
        'Parameters.parameter',
      );
  }
  if (parameters.length === 0)
    throw outcomeError(
      'required',
      'Send bundle (a Bundle) or dossier (valueBase64Binary)',
      'Parameters.parameter',
    );
  if (found.visits === 0)
    found.issues.push({
      severity: 'error',
      code: 'required',
      diagnostics:
        'Chưa có lượt khám nào trọn vẹn: cần Patient và Encounter trong một Bundle, hoặc một hồ sơ có XML1 dùng được. No whole visit: a Bundle with Patient and Encounter, or a dossier with a usable XML1',
    });
  return found;
}

function judgeBundle(bundle: Resource, found: Found): void {
  const entries = (Array.isArray(bundle['entry']) ? bundle['entry'] : []) as { resource?: Resource }[];
  const types = new Set<unknown>();
  for (const [n, entry] of entries.entries()) {
    const { resource } = entry ?? {};
    if (typeof resource?.resourceType !== 'string') continue;
    types.add(resource.resourceType);
    found.resources++;
    const { issue } = validateFor(resource, {});
    for (const one of issue)
      if (one.severity !== 'information')
        found.issues.push({
          ...one,
          expression: (one.expression ?? []).map((at) => `Bundle.entry[${n}].resource.${at}`),
        });
  }
  if (types.has('Patient') && types.has('Encounter')) found.visits++;
}

async function judgeDossiers(bytes: Buffer, facility: string, found: Found): Promise<void> {
  try {
    const envelope = await readEnvelope([bytes]);
    if (envelope.facility !== '' && envelope.facility !== facility)
      found.issues.push({
        severity: 'error',
        code: 'forbidden',
        diagnostics: `MACSKCB phải là ${facility}. MACSKCB must be ${facility}`,
        expression: ['GIAMDINHHS.THONGTINDONVI.MACSKCB'],
      });
    found.issues.push(...[...envelope.strays, ...envelope.findings].map(issueOf));
    for (const raw of envelope.dossiers) {
      const dossier = await readDossier(raw);
      found.dossiers++;
      if (dossier.summary) found.visits++;
      found.issues.push(...[...dossier.findings, ...dossier.quarantine].map(issueOf));
    }
  } catch (error) {
    if (!(error instanceof EnvelopeFault)) throw error;
    found.issues.push(issueOf(error.finding));
  }
}

function issueOf({ severity, table, row, field, rule, remedy }: Finding): Issue {
  return {
    severity,
    code: rule === 'required' ? 'required' : 'value',
    diagnostics: `${remedy.vi} ${remedy.en}`,
    expression: [
      [table, row === undefined ? undefined : `[${row}]`, field && `.${field}`].filter(Boolean).join(''),
    ],
  };
}
