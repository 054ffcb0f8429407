import { issueEnrolmentCode } from '@yba/access';
import { ConfigError } from '../../config.ts';
import { progressOn } from '../../progress.ts';
import { operatorLog } from '../operator.ts';
import { withDatabase } from './open-database.ts';
import { readCount, readLine } from './options.ts';
import { say } from './words.ts';

const STANDARD_HOURS = 24;
const HOUR_MS = 3_600_000;

/** `yba admin enrol`: a one-time code for the edge agent of a hospital. */
export async function runEnrol(args: string[]): Promise<number> {
  const line = readLine(args, { facility: 'text', 'facility-name': 'text', name: 'text', hours: 'text' });
  const { facility, 'facility-name': facilityName, name, hours } = line.text;
  if (!facility || !facilityName)
    throw new ConfigError('Whose edge? --facility 27001 --facility-name "Bệnh viện Đa khoa Bắc Ninh số 1"');
  const validMs = (readCount('hours', hours) ?? STANDARD_HOURS) * HOUR_MS;
  return withDatabase(line, progressOn(process.stderr), async ({ owner }) => {
    const { code, expires } = await issueEnrolmentCode(owner, {
      facility,
      facilityName,
      name: name ?? `Trạm biên ${facilityName}`,
      validMs,
    });
    await (
      await operatorLog(owner)
    ).log({
      command: 'admin enrol',
      action: 'account',
      target: `facility/${facility}`,
      reason: 'Cấp mã ghi danh trạm biên',
    });
    say(
      `Enrolment code of ${facilityName} (${facility}): ${code}`,
      `  counts once, until ${expires.toISOString()}; kept here as a hash`,
      `  at the hospital: yba edge enrol --hub URL --code ${code}`,
    );
    return 0;
  });
}
