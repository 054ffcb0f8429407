/** The three doors; each is its own OAuth client. */
export type Door = 'clinic' | 'book' | 'command';

/** What a door asks for at the authorization server. */
export const doors: Record<Door, { client: string; scope: string }> = {
  clinic: { client: 'yba-clinic', scope: 'openid profile fhirUser user/*.cruds' },
  book: { client: 'yba-book', scope: 'openid profile fhirUser launch/patient patient/*.rs' },
  command: { client: 'yba-command', scope: 'openid profile fhirUser user/*.rs' },
};

/** Where the authorization server sends a door's answer. */
export const callbackUri = (door: Door): string => `${location.origin}/${door}/callback`;
