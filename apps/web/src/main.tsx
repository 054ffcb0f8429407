import { UiRoot } from '@yba/ui';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queries } from './fhir/queries.ts';
import { router } from './router.ts';

// A page opened before an upgrade asks for files that are gone: load the new page once, and not in a circle.
window.addEventListener('vite:preloadError', () => {
  const last = Number(sessionStorage.getItem('yba.reloaded') ?? 0);
  if (Date.now() - last < 10_000) return;
  sessionStorage.setItem('yba.reloaded', String(Date.now()));
  location.reload();
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <UiRoot>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </UiRoot>
    </StrictMode>,
  );
}
