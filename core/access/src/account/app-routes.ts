import { notFound } from '@yba/fhir';
import type { FastifyInstance } from 'fastify';
import { isScreen } from '../doors.ts';
import { agreedApps, withdrawApp } from '../launch/agreed-apps.ts';
import { readsInWords } from '../launch/words.ts';
import { logSecurity } from '../sign-in/security-log.ts';
import { languageOf } from '../sign-in/words.ts';
import { addPersonRoutes } from './routes-table.ts';
import type { AccountRoutes } from './signed-in.ts';

/** The apps of others that a person agreed to: what each may read, when it last did, and taking it back. */
export function addAppRoutes(app: FastifyInstance, routes: AccountRoutes): void {
  const { sql, ports, baseUrl } = routes;
  addPersonRoutes(app, routes, [
    {
      method: 'GET',
      path: '/account/apps',
      handle: async ({ caller }, request) => {
        const language = languageOf(request.headers['accept-language']);
        const apps = await agreedApps(sql, caller.subject, `${baseUrl}/fhir`);
        return {
          apps: await Promise.all(
            apps.map(async ({ client, name, scopes, agreed, until }) => ({
              client,
              name,
              reads: readsInWords(scopes, language),
              offline: scopes.includes('offline_access'),
              agreed,
              until,
              lastRead: await ports.lastRead?.(caller.subject, client),
            })),
          ),
        };
      },
    },
    {
      method: 'DELETE',
      path: '/account/apps/:client',
      handle: async ({ caller }, request) => {
        const { client } = request.params as { client: string };
        const known = await agreedApps(sql, caller.subject, `${baseUrl}/fhir`);
        const agreed = known.find((one) => one.client === client);
        if (!agreed || isScreen(client)) throw notFound(`App ${client}`);
        await withdrawApp(routes, caller.subject, client);
        await logSecurity(ports, {
          requestId: request.id,
          caller,
          action: 'revoke',
          outcome: 'success',
          reason: `Rút lại sự đồng ý cho ứng dụng ${agreed.name} đọc hồ sơ`,
        });
        return {};
      },
    },
  ]);
}
