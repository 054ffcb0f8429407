import type { Refused } from '@yba/http';
import type { Parts } from './parts.ts';

/** Puts what was refused into the access log; of a Patient, where the person concerned reads it too. */
export function logRefusals({ audit, repository }: Pick<Parts, 'audit' | 'repository'>): Refused {
  return async ({ caller, requestId }, { action, target }) => {
    const id = /^Patient\/(.+)$/.exec(target ?? '')?.[1];
    const patient = id === undefined ? undefined : await repository.patient(id);
    await audit.ports.read({
      at: new Date(),
      requestId,
      caller,
      action,
      persons: patient ? [patient.person] : [],
      ...(target === undefined ? {} : { target }),
      count: 0,
      outcome: 'denied',
    });
  };
}
