import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { npmChromium } from './npm-chromium.ts';
import type { NpmChromium } from './npm-chromium.ts';
import { sessionCookies } from './sign-in.ts';
import type { Entrance } from './sign-in.ts';

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** A test's browser talks to the test's server and to nobody else. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/**
 * A headless Chromium: the one CHROME_PATH names, the system's, or the one npm brings. Close it after
 * the tests. Throws when there is none for this platform.
 */
export async function openBrowser(): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  // Chromium's sandbox cannot be set up by root, nor by a program that lies in a temporary folder.
  const sandbox = process.getuid?.() === 0 || executablePath.includes('yba-chromium') ? ['--no-sandbox'] : [];
  return chromium.launch({
    executablePath,
    headless: true,
    args: [...QUIET, ...sandbox],
    env: { ...process.env, ...env },
  });
}

async function findChromium(): Promise<NpmChromium> {
  const named = process.env['CHROME_PATH'];
  if (named) return { executablePath: named, env: {} };
  const system = SYSTEM.find((path) => existsSync(path));
  const found = system ? { executablePath: system, env: {} } : await npmChromium();
  if (!found)
    throw new Error('The browser tests need Chrome or Chromium: install it, or name it with CHROME_PATH.');
  return found;
}

/** Signs somebody in without the pages, which take a browser as long as a short test, and leaves the session to it. */
export async function leaveSession(page: Page, url: string, entrance: Entrance): Promise<void> {
  const userAgent = await page.evaluate(() => navigator.userAgent);
  const cookies = await sessionCookies(url, entrance, userAgent);
  const { hostname: domain } = new URL(url);
  await page
    .context()
    .addCookies(cookies.map((one) => ({ ...one, domain, httpOnly: true, sameSite: 'Lax' })));
}

/** One fault that axe found on a page: its rule, what it asks for, and the elements. */
export type AccessibilityFault = { rule: string; help: string; elements: string[] };

/** What axe finds on the page as it is now (WCAG 2.2 A and AA, and best practice). */
export async function accessibilityFaults(page: Page): Promise<AccessibilityFault[]> {
  // colours are judged where they come to rest, not on their way
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
  );
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource());
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    return (await axe.run({ resultTypes: ['violations'] })).violations; // what passed is not written out
  });
  return violations.map(({ id, help, nodes }) => ({
    rule: id,
    help,
    elements: nodes.map(({ html }) => html),
  }));
}

type Axe = { run(options: { resultTypes: 'violations'[] }): Promise<AxeResult> };
type AxeResult = { violations: { id: string; help: string; nodes: { html: string }[] }[] };

let source: string | undefined;

function axeSource(): string {
  source ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  return source;
}
