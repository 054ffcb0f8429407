import type { Interaction, Provider } from 'oidc-provider';
import type { Artifacts } from './artifacts.ts';

/**
 * Ends the session that somebody else than `subject` has in this browser, with all that was issued in it, before a
 * new one begins; `ended` is told in which browser. (oidc-provider would do it by a page that submits itself, which needs inline script.)
 */
export async function endOtherSession(
  { provider, artifacts }: { provider: Provider; artifacts: Artifacts },
  interaction: Interaction,
  subject: string,
  ended: (browser: string) => Promise<unknown> = async () => {},
): Promise<void> {
  const { session } = interaction;
  if (!session?.uid || !session.accountId || session.accountId === subject) return;
  const other = await provider.Session.findByUid(session.uid);
  for (const { grantId } of Object.values(other?.authorizations ?? {})) {
    if (grantId) await artifacts.revoke(grantId);
  }
  await other?.destroy();
  await ended(session.uid);
  delete interaction.session;
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
}
