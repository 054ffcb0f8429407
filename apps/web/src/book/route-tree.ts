import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../root-route.ts';

const callbackRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/book/callback',
  component: lazyRouteComponent(() => import('./door.tsx'), 'BookCallback'),
});

const doorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/book',
  component: lazyRouteComponent(() => import('./door.tsx'), 'BookDoor'),
});

const getParentRoute = () => doorRoute;

const pages = [
  createRoute({
    getParentRoute,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/home-page.tsx'), 'HomePage'),
  }),
  createRoute({
    getParentRoute,
    path: '/visits',
    component: lazyRouteComponent(() => import('./pages/visits-page.tsx'), 'VisitsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/visits/$id',
    component: lazyRouteComponent(() => import('./pages/visit-page.tsx'), 'VisitPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/results',
    component: lazyRouteComponent(() => import('./pages/results-page.tsx'), 'ResultsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/results/$id',
    component: lazyRouteComponent(() => import('./pages/result-page.tsx'), 'ResultPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/medicines',
    component: lazyRouteComponent(() => import('./pages/medicines-page.tsx'), 'MedicinesPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/papers',
    component: lazyRouteComponent(() => import('./pages/papers-page.tsx'), 'PapersPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/news',
    component: lazyRouteComponent(() => import('./news/news-page.tsx'), 'NewsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/referrals',
    component: lazyRouteComponent(() => import('./referrals/care-page.tsx'), 'CarePage'),
  }),
  createRoute({
    getParentRoute,
    path: '/health',
    component: lazyRouteComponent(() => import('./pages/health-page.tsx'), 'HealthPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/access',
    component: lazyRouteComponent(() => import('./pages/access-page.tsx'), 'AccessPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/sharing',
    component: lazyRouteComponent(() => import('./pages/sharing-page.tsx'), 'SharingPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/account',
    component: lazyRouteComponent(() => import('./pages/account-page.tsx'), 'AccountPage'),
  }),
] as const;

/** The routes of /book. The callback stands outside the door, because nobody is signed in there yet. */
export const bookRoutes = [callbackRoute, doorRoute.addChildren(pages)] as const;
