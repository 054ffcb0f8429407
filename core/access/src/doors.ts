import type { Role } from '@yba/fhir';

/** The three doors of the web application, each an OAuth client of its own. */
export type Door = 'clinic' | 'book' | 'command';

/** What a door is for: who comes in, and what its access token allows when the client asks for nothing else. */
export type DoorRules = { client: string; title: string; roles: readonly Role[]; scope: string };

export const DOORS: Readonly<Record<Door, DoorRules>> = {
  clinic: {
    client: 'yba-clinic',
    title: 'cửa nhân viên y tế (/clinic)',
    roles: ['doctor', 'nurse', 'receptionist', 'identity-officer', 'privacy-officer', 'admin'],
    scope: 'openid profile fhirUser user/*.cruds',
  },
  book: {
    client: 'yba-book',
    title: 'cửa người dân (/book), đăng nhập bằng VNeID',
    roles: ['citizen'],
    scope: 'openid profile fhirUser launch/patient patient/*.rs',
  },
  command: {
    client: 'yba-command',
    title: 'cửa cơ quan quản lý (/command)',
    roles: ['ministry'],
    scope: 'openid profile fhirUser user/*.rs',
  },
};

/** The door an OAuth client opens; apps other than our screens serve members of staff, or citizens where their id says so. */
export function doorOf(client: string | undefined): Door {
  if (client === DOORS.book.client || client?.startsWith('book-')) return 'book';
  if (client === DOORS.command.client) return 'command';
  return 'clinic';
}

/** Whether a client is one of our own screens. */
export function isScreen(client: string): boolean {
  return Object.values(DOORS).some((door) => door.client === client);
}

/** The door people of this role come in by. */
export function doorFor(role: Role): Door {
  if (role === 'citizen') return 'book';
  return role === 'ministry' ? 'command' : 'clinic';
}
