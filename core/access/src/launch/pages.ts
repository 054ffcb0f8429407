import type { ShownPatient } from '../options.ts';
import { escapeHtml, plainPage } from '../oidc/pages.ts';
import type { Language } from '../sign-in/words.ts';
import { readsInWords, sayLaunch } from './words.ts';

const STYLE = `<style>
form.find{display:flex;gap:8px;margin:0 0 16px}
form.find input{flex:1;min-width:0;min-height:48px;padding:0 12px;font:inherit;border:1px solid #B9C0CB;border-radius:10px}
form.find button{width:auto}
ul.people,ul.what{list-style:none;margin:0 0 16px;padding:0}
ul.people button{display:flex;justify-content:space-between;gap:12px;background:#fff;color:#14181F;border-color:#DDE1E7;margin:0 0 8px;line-height:24px;padding:11px 16px;text-align:left;height:auto}
ul.people button span{font-weight:400;color:#5A6371;font-variant-numeric:tabular-nums;white-space:nowrap}
ul.what li{padding:8px 0;border-top:1px solid #EEF0F3}
div.pair{display:grid;grid-template-columns:1fr 1fr;gap:8px}
button.plain{background:#fff;color:#2A4B9B}
label.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
</style>`;

/** The page on which a member of staff chooses whom an app is opened for. A form for each person, no script. */
export function pickerPage(
  { app, people, name, gone }: { app: string; people: readonly ShownPatient[]; name: string; gone: boolean },
  language: Language,
): string {
  const t = (phrase: Parameters<typeof sayLaunch>[0]) => escapeHtml(sayLaunch(phrase, language, app));
  const rows = people.map(
    (person) =>
      `<li><button type="submit" name="patient" value="${escapeHtml(person.id)}">${escapeHtml(person.name)}<span>${escapeHtml(birth(person, language))}</span></button></li>`,
  );
  const list =
    rows.length > 0
      ? `<form method="post"><ul class="people">${rows.join('')}</ul></form>`
      : `<p>${t('pickNone')}</p>`;
  return plainPage(
    sayLaunch('pickTitle', language),
    `${STYLE}<p>${t('pickWhy')}</p>${gone ? `<p role="alert"><strong>${t('gone')}</strong></p>` : ''}
<form class="find" method="get"><label class="vh" for="name">${t('pickName')}</label>
<input id="name" name="name" value="${escapeHtml(name)}" placeholder="${t('pickName')}" maxlength="100" autocomplete="off">
<button type="submit">${t('pickFind')}</button></form>${list}`,
    language,
  );
}

function birth({ birthDate }: ShownPatient, language: Language): string {
  if (!birthDate) return '';
  return `${sayLaunch('born', language)} ${birthDate.split('-').toReversed().join('/')}`;
}

/** The page on which a citizen says whether an app of others may read their record. */
export function consentPage(
  { app, scopes }: { app: string; scopes: readonly string[] },
  language: Language,
): string {
  const t = (phrase: Parameters<typeof sayLaunch>[0]) => escapeHtml(sayLaunch(phrase, language, app));
  const items = readsInWords(scopes, language).map((words) => `<li>${escapeHtml(words)}</li>`);
  return plainPage(
    sayLaunch('consentTitle', language, app),
    `${STYLE}<p>${t('consentWhy')}</p><ul class="what">${items.join('')}</ul>
<p>${t(scopes.includes('offline_access') ? 'consentLater' : 'consentNow')} ${t('consentLog')}</p>
<form method="post"><div class="pair"><button class="plain" name="answer" value="no">${t('refuse')}</button>
<button name="answer" value="yes">${t('agree')}</button></div></form>`,
    language,
  );
}
