import { useSession } from '../../auth/session.ts';
import { ABILITIES, roleOf } from '../shell/roles.ts';
import { AccessLogPage } from '../lists/access-log-page.tsx';
import { IdentifyPage } from '../lists/identify-page.tsx';
import { QuarantinePage } from '../lists/quarantine-page.tsx';
import { DutiesPage } from './duties-page.tsx';
import { Workbench } from './workbench.tsx';

/** The first page of each role: its own work list, or words about what the role can do. */
export function HomePage() {
  const can = ABILITIES[roleOf(useSession())];
  if (can.visits) return <Workbench />;
  if (can.identify) return <IdentifyPage />;
  if (can.quarantine) return <QuarantinePage />;
  if (can.accessLog) return <AccessLogPage />;
  return <DutiesPage />;
}
