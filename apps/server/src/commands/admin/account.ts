import {
  addMembership,
  endMembership,
  enterLicence,
  idOfUsername,
  isDay,
  memberships,
  openAccount,
  resetAccount,
  subjectOf,
  unlockAccount,
  type Licence,
  type StaffRole,
} from '@yba/access';
import { createAudit } from '@yba/audit';
import { OutcomeError } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { ConfigError } from '../../config.ts';
import { progressOn } from '../../progress.ts';
import { withDatabase } from './open-database.ts';
import { readLine, type Line } from './options.ts';
import { say } from './words.ts';

const ROLES = ['doctor', 'nurse', 'receptionist', 'identity-officer', 'privacy-officer', 'admin', 'ministry'];

/** What is done with an account: answers what to print, and what the log says of it. */
type Act = (owner: Sql, username: string, line: Line) => Promise<{ told: string[]; reason: string }>;

const ACTS: Readonly<Record<string, Act>> = {
  async create(owner, username, line) {
    const role = roleOf(line, ROLES) as StaffRole | 'ministry';
    const place = role === 'ministry' ? {} : await placeOf(owner, line);
    const licence = licenceOf(line);
    const { firstPassword } = await openAccount(owner, {
      username,
      name: needed(line, 'name'),
      role,
      ...place,
      ...(licence ? { licence } : {}),
    });
    return {
      told: [`${username} may sign in. First password, to be handed over in person: ${firstPassword}`],
      reason: 'Mở tài khoản',
    };
  },
  async add(owner, username, line) {
    const place = await placeOf(owner, line);
    const role = roleOf(line, ROLES.slice(0, -1)) as StaffRole;
    await addMembership(owner, await idOfUsername(owner, username), { ...place, role });
    return {
      told: [`${username} works at ${place.facilityName} too, as ${role}`],
      reason: 'Thêm cơ sở làm việc',
    };
  },
  async end(owner, username, line) {
    const facility = facilityOf(line);
    await endMembership(owner, await idOfUsername(owner, username), facility);
    return {
      told: [`${username} no longer works at ${facility}; open sessions there have ended`],
      reason: 'Kết thúc làm việc tại cơ sở',
    };
  },
  async licence(owner, username, line) {
    const licence = licenceOf(line);
    if (!licence)
      throw new ConfigError(
        'Which licence? --licence NUMBER, and what is known of --licence-from, -until, -withdrawn',
      );
    await enterLicence(owner, await idOfUsername(owner, username), licence);
    return {
      told: [`${username} practises under ${licence.number} from the next request on`],
      reason: 'Ghi giấy phép hành nghề',
    };
  },
  async unlock(owner, username) {
    await unlockAccount(owner, await idOfUsername(owner, username));
    return { told: [`${username} may try again`], reason: 'Mở khóa đăng nhập' };
  },
  async reset(owner, username) {
    const firstPassword = await resetAccount(owner, await idOfUsername(owner, username));
    return {
      told: [
        `${username} signs in anew: password, one-time codes and passkeys are gone, sessions have ended.`,
        `First password, to be handed over in person: ${firstPassword}`,
      ],
      reason: 'Đặt lại cách đăng nhập',
    };
  },
};

/** `yba admin account`: opens an account, adds or ends work at a facility, unlocks, resets how somebody signs in. */
export async function runAccount(args: string[]): Promise<number> {
  const line = readLine(args, {
    by: 'text',
    name: 'text',
    role: 'text',
    facility: 'text',
    'facility-name': 'text',
    licence: 'text',
    'licence-scope': 'text',
    'licence-from': 'text',
    'licence-until': 'text',
    'licence-withdrawn': 'text',
  });
  const [what = '', username] = line.named;
  const act = ACTS[what];
  if (!act || !username)
    throw new ConfigError(
      `What, and whose? yba admin account ${Object.keys(ACTS).join(' | ')} USERNAME --by WHO`,
    );
  const by = line.text['by'];
  if (!by) throw new ConfigError('A change of an account is accounted for. Say who orders it: --by WHO');
  return withDatabase(line, progressOn(process.stderr), async ({ owner }) => {
    try {
      // who works where is asked before and after, so that the facility that is left reads of it too
      const before = await facilitiesOf(owner, username);
      const { told, reason } = await act(owner, username, line);
      await log(owner, username, {
        by,
        reason,
        facilities: [...before, ...(await facilitiesOf(owner, username))],
      });
      say(...told);
      return 0;
    } catch (error) {
      if (error instanceof OutcomeError) throw new ConfigError(error.message, { cause: error });
      throw error;
    }
  });
}

/** The privacy officers of the facilities concerned read what the operator did. */
async function log(
  owner: Sql,
  username: string,
  { by, reason, facilities }: { by: string; reason: string; facilities: string[] },
): Promise<void> {
  const audit = await createAudit({
    baseUrl: 'http://localhost',
    owner,
    writer: owner,
    ports: { patient: () => Promise.resolve(undefined), explain: () => Promise.resolve([]) },
  });
  const target = subjectOf(await idOfUsername(owner, username));
  const places = facilities.length > 0 ? [...new Set(facilities)] : [undefined];
  for (const facility of places)
    await audit.ports.read({
      at: new Date(),
      requestId: 'yba admin account',
      caller: {
        role: 'platform',
        client: 'yba',
        subject: 'client/yba',
        name: by,
        scopes: [],
        ...(facility ? { facility } : {}),
      },
      action: 'account',
      persons: [],
      target,
      reason: `${reason}: ${username}`,
      outcome: 'success',
    });
}

async function facilitiesOf(owner: Sql, username: string): Promise<string[]> {
  const id = await idOfUsername(owner, username).catch(() => undefined);
  return id ? (await memberships(owner, id)).map(({ facility }) => facility) : [];
}

/** The facility named, with its name as other accounts there have it. */
async function placeOf(owner: Sql, line: Line): Promise<{ facility: string; facilityName: string }> {
  const facility = facilityOf(line);
  const [known] = await owner<{ facility_name: string }[]>`
    select facility_name from membership where facility = ${facilityNumber(facility)} order by since desc limit 1`;
  return { facility, facilityName: line.text['facility-name'] ?? known?.facility_name ?? facility };
}

function facilityOf(line: Line): string {
  const facility = needed(line, 'facility').toUpperCase();
  if (!/^[0-9A-Z]{5}$/.test(facility))
    throw new ConfigError(`--facility is a code of five characters, such as 01013, not "${facility}".`);
  return facility;
}

function roleOf(line: Line, roles: readonly string[]): string {
  const role = needed(line, 'role');
  if (!roles.includes(role)) throw new ConfigError(`--role is one of ${roles.join(', ')}, not "${role}".`);
  return role;
}

function licenceOf(line: Line): Licence | undefined {
  const { licence: number, 'licence-scope': scope } = line.text;
  if (!number) return undefined;
  const days = { validFrom: 'licence-from', validUntil: 'licence-until', withdrawn: 'licence-withdrawn' };
  return {
    number,
    ...(scope ? { scope } : {}),
    ...Object.fromEntries(
      Object.entries(days).flatMap(([name, option]) => {
        const day = line.text[option];
        if (day && !isDay(day))
          throw new ConfigError(`--${option} is a day such as 2031-12-31, not "${day}".`);
        return day ? [[name, day]] : [];
      }),
    ),
  };
}

function needed(line: Line, name: string): string {
  const value = line.text[name];
  if (!value) throw new ConfigError(`--${name} is needed here.`);
  return value;
}
