import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { bookRoutes } from './book/route-tree.ts';
import { clinicRoutes } from './clinic/route-tree.ts';
import { commandRoutes } from './command/route-tree.ts';
import { rootRoute } from './root-route.ts';

const doorsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./sign-in/doors-page.tsx'), 'DoorsPage'),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { uid?: string } =>
    typeof search['uid'] === 'string' ? { uid: search['uid'] } : {},
  component: lazyRouteComponent(() => import('./sign-in/sign-in-page.tsx'), 'SignInPage'),
});

const linkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/link',
  component: lazyRouteComponent(() => import('./link/link-page.tsx'), 'LinkPage'),
});

/** All routes: a page that chooses the door, the sign-in page, and the three doors, each loaded only when opened. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    doorsRoute,
    signInRoute,
    linkRoute,
    ...clinicRoutes,
    ...bookRoutes,
    ...commandRoutes,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
