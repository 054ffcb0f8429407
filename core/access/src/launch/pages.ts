import type { ShownPatient } from '../options.ts';
import { escapeHtml, otherLanguage, plainPage } from '../oidc/pages.ts';
import type { Language } from '../sign-in/words.ts';
import { kindsOf, LATER, type Choice } from './choices.ts';
import { kindInWords, readsInWords, sayLaunch } from './words.ts';

const STYLE = `<style>
form.find{display:flex;gap:8px;margin:0 0 16px}
form.find input{flex:1;min-width:0;min-height:48px;padding:0 12px;font:inherit;border:1px solid #B9C0CB;border-radius:10px}
form.find button{width:auto}
ul.people,ul.what{list-style:none;margin:0 0 16px;padding:0}
ul.people button{display:flex;justify-content:space-between;gap:12px;background:#fff;color:#14181F;border-color:#DDE1E7;margin:0 0 8px;line-height:24px;padding:11px 16px;text-align:left;height:auto}
ul.people button span{font-weight:400;color:#5A6371;font-variant-numeric:tabular-nums;white-space:nowrap}
ul.what li{border-top:1px solid #DDE1E7}
ul.what li.part{padding-left:32px}
ul.what:has(input.holds:checked) li.part{display:none}
fieldset{margin:0 0 16px;padding:0;border:0;min-width:0}
legend{padding:0;font-weight:600}
fieldset>p{margin:0 0 8px;font-size:14px;line-height:20px}
fieldset label{display:flex;gap:12px;align-items:flex-start;min-height:48px;padding:12px 0;cursor:pointer}
fieldset input{flex:none;width:20px;height:20px;margin:2px;accent-color:#2A4B9B}
fieldset span{min-width:0;overflow-wrap:anywhere}
[role=alert]{padding:12px;color:#14181F;background:#FDEDEB;border-left:4px solid #B3261E;border-radius:3px}
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
<form class="find" id="find" method="get"><label class="vh" for="name">${t('pickName')}</label>
<input id="name" name="name" value="${escapeHtml(name)}" placeholder="${t('pickName')}" maxlength="100" autocomplete="off">
<input type="hidden" name="language" value="${language}"><button type="submit">${t('pickFind')}</button></form>${list}`,
    language,
    `<button form="find" hidden></button>${otherLanguage(language, 'form="find"')}`,
  );
}

function birth({ birthDate }: ShownPatient, language: Language): string {
  if (!birthDate) return '';
  return `${sayLaunch('born', language)} ${birthDate.split('-').toReversed().join('/')}`;
}

/** What the page of consent shows: the scopes that the app asks for, what is ticked, whether nothing was when agreed was pressed. */
export type Asking = {
  app: string;
  scopes: readonly string[];
  isTicked: (name: string) => boolean;
  isEmpty: boolean;
};

/**
 * The page on which a citizen says what of their record an app of others may read. One form, no script: the other language is
 * a button of it, so that what was ticked stays; Enter on a box presses its first button, which shows the same page again.
 */
export function consentPage({ app, scopes, isTicked, isEmpty }: Asking, language: Language): string {
  const t = (phrase: Parameters<typeof sayLaunch>[0]) => escapeHtml(sayLaunch(phrase, language, app));
  const kinds = kindsOf(scopes);
  const box = ({ name }: Choice, words: string, more = '') =>
    `<label><input type="checkbox" name="${name}"${isTicked(name) ? ' checked' : ''}${more}><span>${words}</span></label>`;
  const items = kinds.map((kind) => {
    const words = escapeHtml(kindInWords(kind.scopes[0]!, language)!);
    return kind.within
      ? `<li class="part">${box(kind, `${words} <small>${t('consentPart')}</small>`)}</li>`
      : `<li>${box(kind, words, kinds.some(({ within }) => within) ? ' class="holds"' : '')}</li>`;
  });
  const alert = isEmpty ? `<p role="alert" id="empty"><strong>${t('chooseOne')}</strong></p>` : '';
  const what =
    items.length > 0
      ? `<fieldset${isEmpty ? ' aria-describedby="empty"' : ''}><legend>${t('consentKinds')}</legend>
<p>${t('consentKindsHint')}</p>${alert}<ul class="what">${items.join('')}</ul></fieldset>`
      : `<p>${escapeHtml(readsInWords(scopes, language)[0]!)}.</p>`;
  const when = scopes.includes('offline_access')
    ? `<fieldset><legend>${t('consentTime')}</legend>
${box(LATER, `${t('consentLater')} <small>${t('consentLaterNot')}</small>`)}</fieldset>`
    : `<p>${t('consentNow')}</p>`;
  return plainPage(
    sayLaunch('consentTitle', language, app),
    `${STYLE}<p>${t('consentWhy')}</p>
<form id="asked" method="post"><input type="hidden" name="language" value="${language}">${what}${when}
<p>${t('consentLog')}</p>
<div class="pair"><button class="plain" name="answer" value="no">${t('refuse')}</button>
<button name="answer" value="yes">${t('agree')}</button></div></form>`,
    language,
    `<button form="asked" name="to" value="${language}" hidden></button>${otherLanguage(language, 'form="asked"')}`,
  );
}
