import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { sharedFolder } from './binaries.ts';
import { firstClosedFolder, unprivilegedUser } from './unprivileged-user.ts';

/**
 * A folder for the embedded PostgreSQL: the one preferred, or, when we are root and the user that
 * PostgreSQL runs as cannot enter that (a checkout under /root), one in /var/lib/yba of its own.
 */
export function openFolder(preferred: string): string {
  const user = unprivilegedUser();
  if (!user || firstClosedFolder(preferred, user) === undefined) return preferred;
  const hash = createHash('sha256').update(preferred).digest('hex').slice(0, 8);
  return join(sharedFolder(user), `${basename(preferred).replace(/^\./, '')}-${hash}`);
}
