// What tests of the screens share: one server with its demonstration, one browser, people who sign in at the doors.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import {
  accessibilityFaults,
  hospital,
  leaveSession,
  openBrowser,
  testServer,
  type DemoFile,
  type Entrance,
  type Hospital,
  type TestServer,
} from '@yba/server/testing';

export type Browser = Awaited<ReturnType<typeof openBrowser>>;
export type Page = Awaited<ReturnType<Browser['newPage']>>;
export type Size = { width: number; height: number };

export const DESK: Size = { width: 1366, height: 768 };
export const PHONE: Size = { width: 390, height: 844 };
export const SMALL_PHONE: Size = { width: 360, height: 740 };

type Persona = DemoFile['personas'][number];
type Opening = { size?: Size; language?: 'vi' | 'en'; path?: string };

/** The server and the browser of a test file, up before its first test and down after its last. */
export type Screens = {
  readonly server: TestServer;
  readonly browser: Browser;
  /** Somebody of the demonstration, by username, or by role and facility code. */
  persona(who: string | { role: string; facility: string }): Persona;
  /** A window of its own, as on another machine. */
  machine(size?: Size, language?: 'vi' | 'en'): Promise<Page>;
  /** Fills in the sign-in page. */
  enterPassword(page: Page, username: string, password?: string): Promise<void>;
  /** A member of staff, signed in at the clinic door of a new machine. What signs in by the pages is tested with them. */
  staff(who: Parameters<Screens['persona']>[0], opening?: Opening): Promise<Page>;
  /** An officer of the ministry, signed in before the board of a new machine; then at `path`, once `shows` is there. */
  ministry(opening?: Opening & { shows?: string }): Promise<Page>;
  /** Goes from the door of the book through the imitation of VNeID as a citizen by name. */
  throughVneid(page: Page, name: string): Promise<void>;
  /** A citizen by name, signed in to the book on a new phone. */
  citizen(name: string, opening?: Opening): Promise<Page>;
  /** The software of a facility, as it sends. */
  software(facility: string): Hospital;
};

/** Brings them up for the test file that calls; `persons` as a test server has them. */
export function screens(persons?: number): Screens {
  const up: { server?: TestServer; browser?: Browser } = {};
  before(async () => {
    const both = [
      testServer({ web: true, ...(persons === undefined ? {} : { persons }) }).then(
        (server) => void (up.server = server),
      ),
      openBrowser().then((browser) => void (up.browser = browser)),
    ];
    await Promise.allSettled(both); // the one that is up is taken down, also where the other never comes
    await Promise.all(both);
  });
  after(async () => {
    await up.browser?.close();
    await up.server?.stop();
  });
  const here: Screens = {
    get server() {
      return up.server!;
    },
    get browser() {
      return up.browser!;
    },
    persona(who) {
      const found = here.server
        .demo()
        .personas.find((one) =>
          typeof who === 'string'
            ? one.username === who
            : one.role === who.role && one.facility === who.facility,
        );
      assert.ok(found, `no ${JSON.stringify(who)} in demo.json`);
      return found;
    },
    async machine(size = DESK, language = 'vi') {
      const context = await here.browser.newContext({ viewport: size, locale: 'vi-VN' });
      await context.addInitScript((kept) => localStorage.setItem('yba.language', kept), language);
      return context.newPage();
    },
    async enterPassword(page, username, password = here.persona(username).password) {
      await page.locator('#username').fill(username);
      await page.locator('#password').fill(password);
      await page.locator('button[type=submit]').click();
    },
    async staff(who, { size = DESK, language = 'vi', path = '/clinic/' } = {}) {
      const page = await here.machine(size, language);
      await keepSession(page, 'clinic', here.persona(who));
      await page.goto(`${here.server.url}${path}`);
      await page.locator('header.top').waitFor();
      return page;
    },
    async ministry({ size = DESK, language = 'vi', path = '/command/', shows = '.board' } = {}) {
      const officer = here.server.demo().personas.find(({ role }) => role === 'ministry');
      assert.ok(officer, 'no ministry in demo.json');
      const page = await here.machine(size, language);
      await keepSession(page, 'command', officer);
      await page.goto(`${here.server.url}${path}`);
      await page.locator(shows).first().waitFor(); // there may be several, that come one by one
      return page;
    },
    async throughVneid(page, name) {
      await page
        .getByRole('button', { name: /VNeID/ })
        .or(page.getByRole('link', { name: /VNeID/ }))
        .first()
        .click();
      await page.getByText('MÔ PHỎNG VNeID').waitFor();
      await page.getByText(name).first().click();
      await inBook(page);
    },
    async citizen(name, { size = PHONE, language = 'vi', path = '/book/' } = {}) {
      const persona = here.server.demo().personas.find((one) => one.name === name && one.nationalId);
      assert.ok(persona, `no citizen ${name} in demo.json`);
      const page = await here.machine(size, language);
      await keepSession(page, 'book', persona);
      await page.goto(`${here.server.url}${path}`);
      await inBook(page);
      return page;
    },
    software(facility) {
      const client = here.server.demo().clients.find((one) => one.facility === facility);
      assert.ok(client, `no client of ${facility} in demo.json`);
      return hospital(here.server.url, client);
    },
  };
  const keepSession = (page: Page, door: Entrance['door'], { username, password }: Persona): Promise<void> =>
    leaveSession(page, here.server.url, { door, username, password });
  return here;
}

/** Past the door of the book and what leads back to it. */
const inBook = (page: Page): Promise<void> =>
  page.waitForURL(({ pathname }) => pathname.startsWith('/book') && pathname !== '/book/callback');

/** Nothing that axe finds, nothing wider than the screen, no sentence that lacks its value. */
export async function assertNoFaults(page: Page, where: string): Promise<void> {
  assert.deepEqual(await accessibilityFaults(page), [], where);
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(wide <= 0, `${where}: ${wide} px wider than the screen`);
  const unfilled = await page.evaluate(() => /[^\n]*\{\{[^\n]*/.exec(document.body.innerText)?.[0]);
  assert.equal(unfilled, undefined, `${where}: a sentence lacks its value`);
}

/** A picture for the eye, into the folder that YBA_SHOTS names; nothing without it. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env['YBA_SHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
