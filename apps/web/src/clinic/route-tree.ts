import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { rootRoute } from '../root-route.ts';

const callbackRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/clinic/callback',
  component: lazyRouteComponent(() => import('./door.tsx'), 'ClinicCallback'),
});

const doorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/clinic',
  component: lazyRouteComponent(() => import('./door.tsx'), 'ClinicDoor'),
});

const homeRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./home/home-page.tsx'), 'HomePage'),
});

/** The tabs of a chart, in the order of their keys Alt 1–5. */
export const CHART_TABS = ['overview', 'results', 'medicines', 'visits', 'documents'] as const;

/** One tab of a chart. */
export type ChartTab = (typeof CHART_TABS)[number];

/** A person's chart. The address holds the record's opaque id, and nothing about the person. */
export const chartRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/person/$id',
  validateSearch: (search: Record<string, unknown>): { tab?: ChartTab } => {
    const tab = CHART_TABS.find((one) => one === search['tab']);
    return tab && tab !== 'overview' ? { tab } : {};
  },
  component: lazyRouteComponent(() => import('./chart/chart-page.tsx'), 'ChartPage'),
});

const referRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/person/$id/refer',
  component: lazyRouteComponent(() => import('./referrals/refer-page.tsx'), 'ReferPage'),
});

const revisitRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/person/$id/revisit',
  component: lazyRouteComponent(() => import('./referrals/revisit-page.tsx'), 'RevisitPage'),
});

/** The referrals of the facility. `task` or `paper` (a paper's number, as its code has it) opens one. */
const referralsRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/referrals',
  validateSearch: (search: Record<string, unknown>): { task?: string; paper?: string } => ({
    ...(typeof search['task'] === 'string' ? { task: search['task'] } : {}),
    ...(typeof search['paper'] === 'string' ? { paper: search['paper'] } : {}),
  }),
  component: lazyRouteComponent(() => import('./referrals/referrals-page.tsx'), 'ReferralsPage'),
});

const identifyRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/identify',
  component: lazyRouteComponent(() => import('./lists/identify-page.tsx'), 'IdentifyPage'),
});

const identitiesRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/identities',
  component: lazyRouteComponent(() => import('./identities/identities-page.tsx'), 'IdentitiesPage'),
});

const quarantineRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/quarantine',
  component: lazyRouteComponent(() => import('./lists/quarantine-page.tsx'), 'QuarantinePage'),
});

const messagesRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/messages',
  component: lazyRouteComponent(() => import('./lists/messages-page.tsx'), 'ClinicMessagesPage'),
});

const accessLogRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/access-log',
  component: lazyRouteComponent(() => import('./lists/access-log-page.tsx'), 'AccessLogPage'),
});

const accountRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('../account/account-page.tsx'), 'AccountPage'),
});

const staffRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/accounts',
  component: lazyRouteComponent(() => import('./staff/staff-page.tsx'), 'StaffPage'),
});

const privacyRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/privacy',
  component: lazyRouteComponent(() => import('./privacy/privacy-frame.tsx'), 'PrivacyFrame'),
});

const privacyHomeRoute = createRoute({
  getParentRoute: () => privacyRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/clinic/privacy/alerts', replace: true });
  },
});

const alertsRoute = createRoute({
  getParentRoute: () => privacyRoute,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./privacy/alerts/alerts-page.tsx'), 'AlertsPage'),
});

const reviewsRoute = createRoute({
  getParentRoute: () => privacyRoute,
  path: '/reviews',
  component: lazyRouteComponent(() => import('./privacy/reviews/reviews-page.tsx'), 'ReviewsPage'),
});

const requestsRoute = createRoute({
  getParentRoute: () => privacyRoute,
  path: '/requests',
  component: lazyRouteComponent(() => import('./privacy/requests/requests-page.tsx'), 'RequestsPage'),
});

const thresholdsRoute = createRoute({
  getParentRoute: () => privacyRoute,
  path: '/thresholds',
  component: lazyRouteComponent(() => import('./privacy/thresholds/thresholds-page.tsx'), 'ThresholdsPage'),
});

const securityFileRoute = createRoute({
  getParentRoute: () => privacyRoute,
  path: '/security',
  component: lazyRouteComponent(
    () => import('./privacy/security/security-file-page.tsx'),
    'SecurityFilePage',
  ),
});

/** The routes of /clinic. The callback stands outside the door, because nobody is signed in there yet. */
export const clinicRoutes = [
  callbackRoute,
  doorRoute.addChildren([
    homeRoute,
    chartRoute,
    referRoute,
    revisitRoute,
    referralsRoute,
    identifyRoute,
    identitiesRoute,
    quarantineRoute,
    messagesRoute,
    accessLogRoute,
    accountRoute,
    staffRoute,
    privacyRoute.addChildren([
      privacyHomeRoute,
      alertsRoute,
      reviewsRoute,
      requestsRoute,
      thresholdsRoute,
      securityFileRoute,
    ]),
  ]),
] as const;
