import type { KoaContext } from 'oidc-provider';
import type { Artifacts } from './artifacts.ts';
import { languageOf, type Language } from '../sign-in/words.ts';
import { FONT_CSS } from './page-fonts.ts';

/** Text made safe inside HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `
${FONT_CSS}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;padding:16px;font:16px/24px Yba,system-ui,sans-serif;color:#14181F;background:#F5F6F8}
main{max-width:420px;margin:10vh auto 0;padding:24px 20px;background:#fff;border:1px solid #DDE1E7;border-radius:16px}
h1{font-size:22px;line-height:30px;letter-spacing:-.01em;margin:0 0 8px}
p{margin:0 0 16px;color:#3D4653}
button,a.b{display:block;width:100%;min-height:48px;padding:0 16px;border-radius:10px;border:1px solid #2A4B9B;font:inherit;font-weight:600;line-height:46px;text-align:center;text-decoration:none;background:#2A4B9B;color:#fff;cursor:pointer}
:focus-visible{outline:2px solid #2A4B9B;outline-offset:2px}
h2{font-size:18px;line-height:26px;margin:0 0 8px}
summary{min-height:44px;line-height:44px;font-size:14px;font-weight:600;color:#2A4B9B;cursor:pointer}
div.lang{display:flex;justify-content:flex-end;margin:-12px 0 4px}
div.lang button{width:auto;min-height:44px;padding:0 8px;margin-right:-8px;border:0;line-height:44px;background:none;color:#2A4B9B;text-decoration:underline;font-size:14px}
@media(max-height:800px),(max-width:480px){main{margin-top:0}}
small{display:block;font-size:13px;line-height:18px;color:#5A6371;overflow-wrap:anywhere}`;

/** A small page that stands by itself: no script, nothing fetched. `body` and what stands above the title are HTML. */
export function plainPage(title: string, body: string, language: Language, above = ''): string {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)} · Y Bạ</title><style>${STYLE}</style></head>
<body><main>${above}<h1>${escapeHtml(title)}</h1>${body}</main></body></html>`;
}

const NAMES = { vi: 'Tiếng Việt', en: 'English' } as const;

/** A page in the language it was asked for in, the other one a click away, without script or another request. Bodies are HTML. */
export function pageInTwo(
  pages: Readonly<Record<Language, { title: string; body: string }>>,
  language: Language,
): string {
  const other = language === 'vi' ? 'en' : 'vi';
  const { title, body } = pages[other];
  return plainPage(
    pages[language].title,
    `${pages[language].body}
<details lang="${other}"><summary>${NAMES[other]}</summary><h2>${escapeHtml(title)}</h2>${body}</details>`,
    language,
  );
}

/** The button that shows a form's page in the other language; `owner` ties it to the form whose values it sends along. */
export function otherLanguage(language: Language, owner: string): string {
  const other = language === 'vi' ? 'en' : 'vi';
  return `<div class="lang"><button ${owner} name="to" value="${other}" lang="${other}">${NAMES[other]}</button></div>`;
}

/**
 * An answer by form (`response_mode=form_post`) is a page that sends itself to the app: the library names the hash of its script
 * in the page's policy, and where the form leads is named here, for this one page and this one address.
 * Source: https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
 */
export async function formLeadingToApp(context: KoaContext, next: () => Promise<void>): Promise<void> {
  await next();
  if (!context.path.startsWith('/oauth/authorize') || context.type !== 'text/html') return;
  const action = /<form method="post" action="([^"]+)">/.exec(String(context.body))?.[1];
  const policy = context.res.getHeader('content-security-policy');
  const address = action && URL.parse(action.replaceAll('&amp;', '&'));
  if (!address || typeof policy !== 'string') return;
  const source = address.origin === 'null' ? address.protocol : address.origin;
  context.set(
    'content-security-policy',
    policy.replace("form-action 'self'", `form-action 'self' ${source}`),
  );
}

const BACK = {
  vi: '<p><a class="b" href="/">Về trang đầu</a></p>',
  en: '<p><a class="b" href="/">To the first page</a></p>',
} as const;

/** Why signing in did not work, in both languages, and the way back; `more` is HTML below. */
export function notSignedInPage(
  why: Readonly<Record<Language, string>>,
  language: Language,
  more = '',
): string {
  const page = (one: Language, title: string) => ({
    title,
    body: `<p>${escapeHtml(why[one])}</p>${BACK[one]}${one === language ? more : ''}`,
  });
  return pageInTwo({ vi: page('vi', 'Chưa đăng nhập được'), en: page('en', 'Not signed in') }, language);
}

const languageOfContext = ({ req }: KoaContext) => languageOf(req.headers['accept-language']);

/** What a person sees when a sign-in request cannot go on; the reason in OAuth's own words stands small below. */
export function renderError(context: KoaContext, out: { error: string; error_description?: string }): void {
  context.type = 'html';
  context.body = notSignedInPage(
    {
      vi: 'Yêu cầu đăng nhập không còn dùng được. Hãy quay lại trang đầu và đăng nhập lại.',
      en: 'This request to sign in cannot be used any more. Go back to the first page and sign in again.',
    },
    languageOfContext(context),
    `<small>${escapeHtml([out.error, out.error_description].filter(Boolean).join(': '))}</small>`,
  );
}

/** After signing out without an address to return to. */
export function renderSignedOut(context: KoaContext): void {
  context.type = 'html';
  context.body = pageInTwo(
    { vi: { title: 'Đã đăng xuất', body: BACK.vi }, en: { title: 'Signed out', body: BACK.en } },
    languageOfContext(context),
  );
}

/** Asks before signing out; `form` is the library's, without its button. */
function signOutPage(form: string, language: Language): string {
  const page = (one: Language, title: string, why: string, button: string) => ({
    title,
    body: `<p>${why}</p>${one === language ? form : ''}
<p><button type="submit" form="op.logoutForm" name="logout" value="yes">${button}</button></p>`,
  });
  return pageInTwo(
    {
      vi: page('vi', 'Đăng xuất khỏi Y Bạ?', 'Máy này sẽ cần đăng nhập lại.', 'Đăng xuất'),
      en: page('en', 'Sign out of Y Bạ?', 'This machine will have to sign in again.', 'Sign out'),
    },
    language,
  );
}

/**
 * Signs out. A request that carries the id_token of this very session comes from the application itself and is
 * carried out at once; any other is asked about first, so that a foreign page cannot sign people out. `ended` is told
 * which browser's session is over.
 * Source: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
 */
export function signOut(artifacts: Artifacts, ended: (browser: string) => Promise<unknown>) {
  return async (context: KoaContext, form: string): Promise<void> => {
    const { session, entities, provider } = context.oidc;
    if (entities.IdTokenHint?.payload?.sub !== session.accountId) {
      context.type = 'html';
      context.body = signOutPage(form, languageOfContext(context));
      return;
    }
    const { postLogoutRedirectUri, state } = session.state ?? {};
    for (const { grantId } of Object.values(session.authorizations ?? {})) {
      if (grantId) await artifacts.revoke(grantId);
    }
    await session.destroy();
    await ended(session.uid);
    context.cookies.set(provider.cookieName('session'), null, { path: '/oauth', signed: true });
    const target = new URL(postLogoutRedirectUri ?? `${provider.issuer}/`);
    if (state) target.searchParams.set('state', state);
    context.status = 303;
    context.redirect(target.href);
  };
}

/**
 * Whoever is signed out already goes on at once: the library's page for this submits itself, which needs inline script.
 */
export async function signedOutAlready(context: KoaContext, next: () => Promise<void>): Promise<void> {
  await next();
  if (context.path !== '/oauth/end-session' || context.status !== 200 || context.oidc.session.accountId)
    return;
  const { postLogoutRedirectUri, state } = context.oidc.session.state ?? {};
  if (!postLogoutRedirectUri) return renderSignedOut(context);
  const target = new URL(postLogoutRedirectUri);
  if (state) target.searchParams.set('state', state);
  context.status = 303;
  context.redirect(target.href);
}
