import { createRootRoute } from '@tanstack/react-router';
import { NotFoundPage, PageError } from './shell/page-states.tsx';

/** The root of all routes. It draws nothing itself: every door has its own shell. */
export const rootRoute = createRootRoute({ notFoundComponent: NotFoundPage, errorComponent: PageError });
