import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
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
  component: lazyRouteComponent(() => import('./door.tsx'), 'ClinicHome'),
});

/** The routes of /clinic. The callback stands outside the door, because nobody is signed in there yet. */
export const clinicRoutes = [callbackRoute, doorRoute.addChildren([homeRoute])] as const;
