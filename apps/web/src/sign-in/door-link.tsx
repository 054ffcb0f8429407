import { IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** A large link to a door: icon, name, one line of what is behind it. */
export function DoorLink({
  to,
  icon,
  name,
  hint,
}: {
  to: string;
  icon: ReactNode;
  name: string;
  hint?: string;
}) {
  return (
    <a className="doorlink" href={to}>
      {icon}
      <span>
        <b>{name}</b>
        {hint && <small>{hint}</small>}
      </span>
      <IconChevronRight className="i" aria-hidden />
    </a>
  );
}
