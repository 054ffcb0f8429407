import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_S = 100;

type Process = { pid: number; parent: number; cpuMs: number; endedChildrenMs: number };

/** Every process of this machine, with the processor time it has taken. Linux only. */
function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const field = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number);
        const ms = (from: number) => ((field[from]! + field[from + 1]!) * 1000) / TICKS_PER_S;
        return [{ pid: Number(name), parent: field[1]!, cpuMs: ms(11), endedChildrenMs: ms(13) }];
      } catch {
        return []; // it has ended since
      }
    });
}

/** A process and all that descend from it, ended ones included. */
function family(pid: number): Process[] {
  const all = processes();
  const found = all.filter((process) => process.pid === pid);
  for (let at = 0; at < found.length; at++)
    found.push(...all.filter(({ parent }) => parent === found[at]!.pid));
  return found;
}

/** Processor time of a process and its descendants so far, in ms. */
export function cpuMsOf(pid: number): number {
  return family(pid).reduce((sum, { cpuMs, endedChildrenMs }) => sum + cpuMs + endedChildrenMs, 0);
}

/** Most memory (resident) that each process of a family has held so far, summed, in bytes. */
export function peakBytesOf(pid: number): number {
  return family(pid).reduce((sum, { pid: one }) => {
    try {
      return (
        sum + Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1] ?? 0) * 1024
      );
    } catch {
      return sum;
    }
  }, 0);
}
