// Keeps the figures fresh without a reload; the page works without it.
const EVERY_MS = 3000;

async function refresh() {
  const live = document.querySelector('#live');
  if (!live || document.hidden || live.contains(document.activeElement)) return;
  try {
    const page = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(page, 'text/html');
    const part = fresh.querySelector('#live');
    if (part) live.replaceWith(part);
    document.title = fresh.title;
  } catch {
    document.title = '■ ' + document.title.replace(/^■ /, '');
  }
}

setInterval(refresh, EVERY_MS);
