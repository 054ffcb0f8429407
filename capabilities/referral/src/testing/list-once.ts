import type { Context, Page } from '@yba/fhir';
import { connect } from '@yba/postgres';
import { createRepository } from '@yba/repository';
import { listOperation } from '../list.ts';
import type { ReferralOptions } from '../options.ts';

/** Asks for the referrals that a facility sent and takes all of the answer; how many entries and characters there are, and whether they came in parts. */
export async function listOnce(url: string, context: Context): Promise<[number, number, boolean]> {
  const sql = connect(url, { max: 2 });
  const pools = { owner: sql, lookup: sql, reader: sql, writer: sql };
  const { current, inLots } = createRepository({ pools, ports: {} as never, baseUrl: 'http://x/fhir' });
  const { handle } = listOperation({
    sql,
    repository: { current, inLots },
    decide: () => Promise.resolve({ patients: [], self: false, facility: context.caller.facility! }),
    audit: { read: () => Promise.resolve() },
  } as unknown as ReferralOptions);
  const query = new URLSearchParams({ side: 'out', _count: '500' });
  const { page, resource } = await handle({ context, query, headers: {} });
  const { entries = [], more } = page ?? ({} as Partial<Page>);
  if (resource) entries.push({ fullUrl: '', text: JSON.stringify(resource) });
  let [count, length] = [0, 0];
  const take = (part: Page['entries']) => {
    count += part.length;
    for (const { text = '' } of part.splice(0)) length += text.length;
  };
  take(entries);
  if (more) for await (const part of more) take(part as Page['entries']);
  return [count, length, more !== undefined];
}
