import { createHash, randomBytes } from 'node:crypto';
import type { Sql } from '@yba/postgres';
import type { Artifacts } from '../oidc/artifacts.ts';

/** What an app is opened for: the Patient by its public id and by its row, and the visit it is about. */
export type LaunchContext = { patient: string; row: string; encounter?: string };

/** A launch from a chart that has been asked for and not yet happened: of which app, by whom, for what. */
type Launch = LaunchContext & { client: string; subject: string };

/** How long a launch token waits for its app, in seconds. */
const LAUNCH_S = 5 * 60;

/** Opens a launch of an app from a chart; answers the token that the app hands to the authorization request. */
export async function openLaunch(artifacts: Artifacts, launch: Launch): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await artifacts.adapter('Launch').upsert(token, launch, LAUNCH_S);
  return token;
}

/**
 * What a launch token stands for, to the app it was made for and the person who opened it, once: it is bound to the
 * authorization request that brings it first, by that request's code challenge. Undefined for anybody else, and later.
 */
export async function takeLaunch(
  sql: Sql,
  token: string,
  { client, subject, challenge }: { client: string; subject: string; challenge: string },
): Promise<LaunchContext | undefined> {
  const id = createHash('sha256').update(token).digest('base64url');
  const [row] = await sql<{ payload: Launch }[]>`
    update oauth_artifact set payload = payload || ${sql.json({ takenBy: challenge })}
    where issuer = 'yba' and model = 'Launch' and id = ${id} and expires > now()
      and payload->>'client' = ${client} and payload->>'subject' = ${subject}
      and coalesce(payload->>'takenBy', ${challenge}) = ${challenge}
    returning payload`;
  if (!row) return undefined;
  const { patient, row: patientRow, encounter } = row.payload;
  return { patient, row: patientRow, ...(encounter ? { encounter } : {}) };
}

/** Keeps what a grant is about, as long as the grant lasts, in seconds. */
export async function keepContext(
  artifacts: Artifacts,
  grantId: string,
  context: LaunchContext,
  lastsS: number,
): Promise<void> {
  await artifacts.adapter('LaunchContext').upsert(grantId, { ...context, grantId }, lastsS);
}

/** What a grant is about; undefined when about nobody. */
export async function contextOf(
  artifacts: Artifacts,
  grantId: string | undefined,
): Promise<LaunchContext | undefined> {
  if (!grantId) return undefined;
  return (await artifacts.adapter('LaunchContext').find(grantId)) as LaunchContext | undefined;
}

/**
 * What tokens say of it. An app is opened in a page of its own, so it shows whose record it is about.
 * Source: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#launch-context-arrives-with-your-access_token
 */
export function contextClaims(baseUrl: string, context: LaunchContext): Record<string, unknown> {
  const { patient, row, encounter } = context;
  return {
    patient,
    patient_row: row,
    need_patient_banner: true,
    smart_style_url: `${baseUrl}/oauth/smart-style.json`,
    ...(encounter ? { encounter } : {}),
  };
}

/** What of these claims goes beside the token too. */
export const BESIDE_TOKEN: readonly string[] = [
  'patient',
  'encounter',
  'need_patient_banner',
  'smart_style_url',
];
