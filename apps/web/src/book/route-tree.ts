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

const homeRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./door.tsx'), 'BookHome'),
});

/** The routes of /book. The callback stands outside the door, because nobody is signed in there yet. */
export const bookRoutes = [callbackRoute, doorRoute.addChildren([homeRoute])] as const;
