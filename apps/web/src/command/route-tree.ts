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

const messagesRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/messages',
  component: lazyRouteComponent(() => import('./message-log-page.tsx'), 'CommandMessagesPage'),
});

const conformanceRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/conformance',
  component: lazyRouteComponent(() => import('./conformance/conformance-page.tsx'), 'ConformancePage'),
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
  ]),
] as const;
