import { SecurityPage } from '../../../command/security/security-page.tsx';
import '../../../command/command.css';

/** The security-level file as this facility's officer reads it: what the system measured of its own accounts and work lists. */
export function SecurityFilePage() {
  return (
    <div className="command ownfile">
      <SecurityPage inside />
    </div>
  );
}
