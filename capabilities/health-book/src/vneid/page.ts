import { escapeHtml, FONT_CSS } from '@yba/access';
import type { KnownCitizen } from './citizens.ts';

/** What the imitation calls itself, on every page. */
export const LABEL = 'MÔ PHỎNG VNeID — bản diễn tập, không phải Bộ Công an';

/** Style of the imitation's pages, in the platform's tokens. */
export const STYLE = `${FONT_CSS}
:root{--ink:#14181F;--ink-2:#3D4653;--ink-3:#5A6371;--control:#838C99;--line:#DDE1E7;--cham:#2A4B9B;--cham-0:#EEF2FB;--red:#B3261E;--red-0:#FDEDEB}
*{box-sizing:border-box}
body{margin:0;font:16px/24px Yba,system-ui,sans-serif;font-variant-numeric:tabular-nums lining-nums;color:var(--ink);background:#F5F6F8}
header p{margin:0;padding:4px 16px;text-align:center;font-size:12px;line-height:20px;font-weight:700;color:var(--ink);background:repeating-linear-gradient(135deg,#FFE08A 0 8px,#FFD35C 8px 16px)}
main{max-width:430px;margin:0 auto;padding:24px 16px 40px}
h1{font-size:22px;line-height:30px;letter-spacing:-.01em;margin:0 0 4px}
h2{font-size:16px;line-height:24px;font-weight:600;margin:24px 0 8px}
p{margin:0 0 12px;color:var(--ink-2)}
.error{padding:10px 14px;border-radius:10px;background:var(--red-0);color:var(--red);font-weight:600}
.sheet{padding:4px 16px 16px;background:#fff;border:1px solid var(--line);border-radius:16px}
label{display:block;font-weight:600;font-size:15px;margin:12px 0 4px}
input{width:100%;height:48px;padding:0 12px;font:inherit;border:1px solid var(--control);border-radius:10px;background:#fff;color:inherit}
button{width:100%;min-height:48px;padding:8px 14px;font:inherit;font-weight:600;border-radius:10px;border:1px solid var(--cham);background:var(--cham);color:#fff;cursor:pointer}
.sheet button{margin-top:16px}
ul{list-style:none;margin:0;padding:0;background:#fff;border:1px solid var(--line);border-radius:16px;overflow:hidden}
li+li{border-top:1px solid var(--line)}
li button{display:flex;justify-content:space-between;gap:12px;align-items:center;min-height:52px;padding:8px 16px;text-align:left;background:#fff;color:var(--ink);border:0;border-radius:0}
li button:hover{background:var(--cham-0)}
li small{font-size:14px;font-weight:400;color:var(--ink-3)}
:focus-visible{outline:2px solid var(--cham);outline-offset:2px}
li button:focus-visible{outline-offset:-3px}
`;

/** The imitation's sign-in page: choose a citizen, or give number and password. No script at all. */
export function signInPage(uid: string, citizens: readonly KnownCitizen[], error?: string): string {
  const action = `/vneid/sign-in/${encodeURIComponent(uid)}`;
  const rows = citizens.map(
    ({ national_id, name, birth_date }) =>
      `<li><button type="submit" name="choose" value="${escapeHtml(national_id)}"><span>${escapeHtml(name)}</span><small>${vietnameseDate(birth_date)}</small></button></li>`,
  );
  const list = `<h2 id="list">Chọn một người giả</h2>
<form method="post" action="${action}"><ul aria-labelledby="list">${rows.join('')}</ul></form>`;
  return page(
    'Đăng nhập',
    `<h1>Đăng nhập</h1>
<p>Y Bạ xin xác nhận số định danh, họ tên và ngày sinh của bạn.</p>
${error ? `<p class="error" role="alert">${escapeHtml(error)}</p>` : ''}
${rows.length > 0 ? list : ''}
<h2>${rows.length > 0 ? 'Hoặc đăng nhập bằng số định danh' : 'Đăng nhập bằng số định danh'}</h2>
<form class="sheet" method="post" action="${action}">
<label for="number">Số định danh cá nhân</label>
<input id="number" name="number" inputmode="numeric" autocomplete="username" maxlength="12" required>
<label for="password">Mật khẩu</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Đăng nhập</button>
</form>`,
  );
}

/** A page that only tells something. */
export function messagePage(title: string, text: string): string {
  return page(
    title,
    `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p><p><a href="/book/">Về sổ sức khỏe</a></p>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)} · ${LABEL}</title><link rel="stylesheet" href="/vneid/style.css"></head>
<body><header><p>${LABEL}</p></header><main>${body}</main></body></html>`;
}

function vietnameseDate(iso: string): string {
  return iso.split('-').reverse().join('/');
}
