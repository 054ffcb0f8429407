import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PASSWORD_LENGTHS } from '@yba/access';
import type { Measured } from '@yba/oversight';
import { readManifests, readPlan, readReach, readRestores, type Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import type { Config } from '../config.ts';
import { VERSION } from '../version.ts';
import type { Address } from './address.ts';

/** Days without a sign-in after which an account counts as unused. */
const IDLE_DAYS = 45;

/** Measures what the security-level file speaks of, at this moment; nothing is remembered or assumed. */
export function securityEvidence(config: Config, { baseUrl }: Pick<Address, 'baseUrl'>, sql: Sql) {
  return async (facility: string | undefined): Promise<Measured> => {
    const of = facility === undefined ? undefined : facilityNumber(facility);
    const [staff, log, roles, secrets, work, [versions]] = await Promise.all([
      staffOf(sql, of),
      logOf(sql),
      rolesOf(sql),
      secretsOf(sql),
      workOf(sql, of),
      sql<{ postgres: string }[]>`select current_setting('server_version') as postgres`,
    ]);
    return {
      at: new Date().toISOString(),
      version: VERSION,
      node: process.versions.node,
      postgres: versions!.postgres,
      demo: config.demo !== undefined,
      tls: config.tls ? 'server' : baseUrl.startsWith('https:') ? 'proxy' : 'none',
      password: PASSWORD_LENGTHS,
      idleLockMinutes: config.idleLockMinutes ?? 10,
      staff,
      log,
      roles,
      secrets,
      backup: backupOf(config.dataDir),
      ...work,
    };
  };
}

async function staffOf(sql: Sql, facility: number | undefined): Promise<Measured['staff']> {
  const [row] = await sql<Measured['staff'][]>`
    select count(*)::int as accounts, count(*) filter (where factor)::int as "withFactor",
      count(*) filter (where privileged)::int as privileged,
      count(*) filter (where privileged and factor)::int as "privilegedWithFactor",
      count(*) filter (where coalesce(last_sign_in, created) < now() - make_interval(days => ${IDLE_DAYS}))::int as idle
    from (
      select a.id, a.created, a.last_sign_in,
        bool_or(coalesce(m.role, a.role) in ('admin', 'privacy-officer', 'identity-officer', 'ministry')) as privileged,
        exists (select from passkey p where p.account = a.id)
          or exists (select from second_factor f where f.account = a.id and f.confirmed is not null) as factor
      from account a left join membership m on m.account = a.id and m.ended is null
      where a.active and a.role is distinct from 'citizen' and (m.account is not null or a.role = 'ministry')
        and ${facility === undefined ? sql`true` : sql`m.facility = ${facility}`}
      group by a.id
    ) staff`;
  return row!;
}

async function logOf(sql: Sql): Promise<Measured['log']> {
  const [[rights], [state], [verified]] = await Promise.all([
    sql<{ excess: string[] | null }[]>`
      select array_agg(role || ' ' || right_ order by role, right_) as excess
      from unnest(array['yba_reader', 'yba_writer']) as role, unnest(array['SELECT', 'UPDATE', 'DELETE', 'TRUNCATE']) as right_
      where has_table_privilege(role, 'access_log', right_)`,
    sql<{ oldest: Date | null; at: Date | null; size: number | null; unsigned: number }[]>`
      select (select min(at) from access_log) as oldest, h.at, h.size::int8 as size,
        coalesce((select size from audit_tree), 0) - coalesce(h.size, 0) as unsigned
      from (select 1) one left join lateral (select at, size from audit_head order by size desc limit 1) h on true`,
    sql<{ at: Date; passed: boolean; detail: { entries?: number } }[]>`
      select at, passed, detail from operator_check where kind = 'audit-verify' order by at desc limit 1`,
  ]);
  return {
    excess: rights!.excess ?? [],
    ...(state!.oldest ? { oldest: state!.oldest.toISOString() } : {}),
    ...(state!.at ? { head: { at: state!.at.toISOString(), size: Number(state!.size) } } : {}),
    unsigned: Number(state!.unsigned),
    ...(verified
      ? {
          verified: {
            at: verified.at.toISOString(),
            passed: verified.passed,
            entries: verified.detail.entries ?? 0,
          },
        }
      : {}),
  };
}

async function rolesOf(sql: Sql): Promise<Measured['roles']> {
  const [[roles], [tables]] = await Promise.all([
    sql<{ excess: string[] | null }[]>`
      select array_agg(distinct rolname) as excess from pg_roles r
      where rolname in ('yba_reader', 'yba_writer') and (rolsuper or rolbypassrls or rolcreaterole
        or exists (select from pg_class c where c.relowner = r.oid and relnamespace = 'public'::regnamespace))`,
    sql<{ unwalled: string[] | null }[]>`
      select array_agg(relname::text order by 1) as unwalled from pg_class
      where relnamespace = 'public'::regnamespace and relname in ('resource', 'frame', 'shared_resource', 'shared_frame', 'history')
        and not relrowsecurity`,
  ]);
  return { excess: roles!.excess ?? [], unwalled: tables!.unwalled ?? [] };
}

async function secretsOf(sql: Sql): Promise<Measured['secrets']> {
  const [row] = await sql<Measured['secrets'][]>`
    select count(*)::int as total, count(*) filter (where secret_sealed is null)::int as unsealed from server_secret`;
  return row!;
}

async function workOf(
  sql: Sql,
  facility: number | undefined,
): Promise<Pick<Measured, 'alerts' | 'emergencies'>> {
  const mine = facility === undefined ? sql`true` : sql`facility = ${facility}`;
  const [[alerts], [emergencies]] = await Promise.all([
    sql<{ open: number; oldest: Date | null }[]>`
      select count(*)::int as open, min(a.raised) as oldest from privacy_alert a
      left join lateral (select decision, at from privacy_alert_decision where alert = a.id order by id desc limit 1) d on true
      where ${mine} and (d.decision is distinct from 'handled' or a.last > d.at)`,
    sql<Measured['emergencies'][]>`
      select count(*)::int as open, count(*) filter (where due < now())::int as overdue
      from emergency_review where verdict is null and ${mine}`,
  ]);
  return {
    alerts: { open: alerts!.open, ...(alerts!.oldest ? { oldest: alerts!.oldest.toISOString() } : {}) },
    emergencies: emergencies!,
  };
}

function backupOf(dataDir: string): Measured['backup'] {
  if (!existsSync(join(dataDir, 'postgres')) && !existsSync(join(dataDir, 'backup-plan.json')))
    return { where: 'own' };
  const plan = readPlan(dataDir);
  if (!plan) return { where: 'none' };
  const newest = readManifests(plan.folder).at(-1);
  const until = readReach(plan.folder)?.at ?? newest?.stoppedAt;
  const restored = readRestores(plan.folder).at(-1);
  return {
    where: 'folder',
    ...(newest ? { at: newest.stoppedAt, encrypted: plan.keyFile !== undefined } : {}),
    ...(until ? { until } : {}),
    ...(restored ? { restored } : {}),
  };
}
