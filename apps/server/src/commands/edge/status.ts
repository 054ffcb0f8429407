import { edgeAddress } from '@yba/edge';
import { say } from '../admin/words.ts';
import type { EdgeLine } from './index.ts';

const TIMEOUT_MS = 60_000;

/** `yba edge status`: the figures of the running agent as JSON; exit code 0 when all is filed or on its way. */
export async function runStatus({ folder }: EdgeLine): Promise<number> {
  const figures = (await ask(folder, 'GET', '/status.json')) as { health: string };
  say(JSON.stringify(figures, null, 2));
  return ['clear', 'busy'].includes(figures.health) ? 0 : 1;
}

/** `yba edge renew-key`: makes the running agent change its signing key now. */
export async function runRenewKey({ folder }: EdgeLine): Promise<number> {
  await ask(folder, 'POST', '/renew-key');
  say('The edge signs with a new key; the hub knows it.');
  return 0;
}

async function ask(folder: string, method: string, path: string): Promise<unknown> {
  const address = edgeAddress(folder);
  const response = await fetch(`${address}${path}`, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`No edge answers at ${address}. Is it running? yba edge run --data ${folder}`, { cause });
  });
  const answer = (await response.json()) as { issue?: { diagnostics?: string }[] };
  if (!response.ok) throw new Error(answer.issue?.[0]?.diagnostics ?? `The edge answered ${response.status}`);
  return answer;
}
