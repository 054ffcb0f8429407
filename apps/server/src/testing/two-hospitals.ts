import { connect, type Sql } from '@yba/postgres';
import { fhirClient, type FhirClient } from './fhir-client.ts';
import { startPlatform, type TestPlatform } from './platform.ts';
import { citizenToken, staffToken } from './sign-in.ts';

export const BACH_MAI = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
export const CHO_RAY = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const PASSWORD = 'mot mat khau dai';
const PLACES: Readonly<Record<string, typeof BACH_MAI>> = { bm: BACH_MAI, cr: CHO_RAY };

/** A platform with two hospitals whose people ask over HTTP. */
export type TwoHospitals = {
  server: TestPlatform;
  /** The database as its owner. */
  owner: Sql;
  /** The client of whoever has signed in: `bm.doctor`, `bm.system`, or a citizen’s name. */
  as(who: string): FhirClient;
  /** Signs a citizen in through the imitation of VNeID, known by their name from now on. */
  citizen(nationalId: string, name: string, birthDate?: string): Promise<FhirClient>;
  stop(): Promise<void>;
};

type Role =
  'doctor' | 'nurse' | 'receptionist' | 'identity-officer' | 'privacy-officer' | 'admin' | 'ministry';

/** Starts it; each of `staff` is a username `bm.…` or `cr.…` (Chợ Rẫy), or `ministry`, with their role. */
export async function twoHospitals(
  staff: readonly (readonly [username: string, role: Role])[],
  options: Parameters<typeof startPlatform>[0] = {},
): Promise<TwoHospitals> {
  const server = await startPlatform({ demo: true, ...options });
  const owner = connect(server.databaseUrl, { max: 1 });
  const callers = new Map<string, FhirClient>();
  const { access, book } = server.platform;
  for (const [username, role] of staff) {
    const place = PLACES[username.split('.')[0]!] ?? {};
    await access.createAccount({ username, role, name: username, password: PASSWORD, ...place });
    const door = role === 'ministry' ? 'command' : 'clinic';
    callers.set(username, fhirClient(server.url, await staffToken(server.url, username, PASSWORD, door)));
  }
  for (const [prefix, { facility, facilityName }] of Object.entries(PLACES))
    callers.set(
      `${prefix}.system`,
      fhirClient(server.url, await server.facilityToken(facility, facilityName)),
    );
  return {
    server,
    owner,
    as: (who) => callers.get(who)!,
    async citizen(nationalId, name, birthDate = '1985-03-02') {
      await book!.addVneidCitizens([{ nationalId, name, birthDate, password: PASSWORD }]);
      const client = fhirClient(server.url, await citizenToken(server.url, nationalId, PASSWORD));
      callers.set(name, client);
      return client;
    },
    async stop() {
      await owner.end();
      await server.stop();
    },
  };
}
