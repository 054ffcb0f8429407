import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../root-route.ts';

const callbackRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/command/callback',
  component: lazyRouteComponent(() => import('./door.tsx'), 'CommandCallback'),
});

const doorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/command',
  component: lazyRouteComponent(() => import('./door.tsx'), 'CommandDoor'),
});

const homeRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./board-page.tsx'), 'BoardPage'),
});

const securityRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/security',
  component: lazyRouteComponent(() => import('./security/security-page.tsx'), 'SecurityPage'),
});

const requestsRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/requests',
  component: lazyRouteComponent(() => import('./requests/requests-page.tsx'), 'RequestsPage'),
});

const directoryRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/directory',
  component: lazyRouteComponent(() => import('./directory/directory-page.tsx'), 'DirectoryPage'),
});

const onboardingRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/onboarding',
  component: lazyRouteComponent(() => import('./directory/onboarding-page.tsx'), 'OnboardingPage'),
});

const connectivityRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/connectivity',
  component: lazyRouteComponent(() => import('./directory/connectivity-page.tsx'), 'ConnectivityPage'),
});

const licencesRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/licences',
  component: lazyRouteComponent(() => import('./licences/licences-page.tsx'), 'LicencesPage'),
});

/** What a link to the message log may narrow it to: a facility and days, never a person. */
function messagesAsked(asked: Record<string, unknown>): { facility?: string; from?: string; to?: string } {
  const matching = (name: string, form: RegExp) => {
    const value = asked[name];
    const text = typeof value === 'number' ? String(value).padStart(5, '0') : value;
    return typeof text === 'string' && form.test(text) ? { [name]: text } : {};
  };
  const day = /^\d{4}-\d{2}-\d{2}$/;
  return { ...matching('facility', /^\d{2}[0-9A-Z]{3}$/), ...matching('from', day), ...matching('to', day) };
}

const messagesRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/messages',
  validateSearch: (asked: Record<string, unknown>) => messagesAsked(asked),
  component: lazyRouteComponent(() => import('./message-log-page.tsx'), 'CommandMessagesPage'),
});

const conformanceRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/conformance',
  component: lazyRouteComponent(() => import('./conformance/conformance-page.tsx'), 'ConformancePage'),
});

const accountRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./account-page.tsx'), 'CommandAccountPage'),
});

/** The routes of /command. The callback stands outside the door, because nobody is signed in there yet. */
export const commandRoutes = [
  callbackRoute,
  doorRoute.addChildren([
    homeRoute,
    directoryRoute,
    onboardingRoute,
    connectivityRoute,
    securityRoute,
    requestsRoute,
    licencesRoute,
    messagesRoute,
    conformanceRoute,
    accountRoute,
  ]),
] as const;
