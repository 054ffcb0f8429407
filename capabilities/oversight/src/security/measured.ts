/** What the running system measured of itself. Times are ISO 8601; whatever could not be measured is undefined. */
export type Measured = {
  at: string;
  version: string;
  node: string;
  postgres: string;
  demo: boolean;
  /** `server`: this process speaks TLS; `proxy`: the public address is https, somebody before it does; `none`. */
  tls: 'server' | 'proxy' | 'none';
  password: { alone: number; withFactor: number };
  idleLockMinutes: number;
  staff: {
    accounts: number;
    withFactor: number;
    privileged: number;
    privilegedWithFactor: number;
    idle: number;
  };
  log: {
    /** What the serving roles may do to the log besides adding; empty is what should be. */
    excess: readonly string[];
    oldest?: string;
    head?: { at: string; size: number };
    /** Rows that no signed head covers yet. */
    unsigned: number;
    verified?: { at: string; passed: boolean; entries: number };
  };
  /** Serving roles that own tables, are superuser or step round row-level security; walled tables without a wall. */
  roles: { excess: readonly string[]; unwalled: readonly string[] };
  secrets: { total: number; unsealed: number };
  /** `own`: a PostgreSQL of the operator's, whose backups are out of sight. */
  backup: {
    where: 'none' | 'own' | 'folder';
    at?: string;
    until?: string;
    encrypted?: boolean;
    restored?: { at: string; passed: boolean };
  };
  alerts: { open: number; oldest?: string };
  emergencies: { open: number; overdue: number };
};
