import { OutcomeError } from '@yba/fhir';
import type { MessageDesk } from '../desk.ts';
import { patientIn, superseded } from './file-record.ts';
import {
  asFacility,
  hold,
  readDocument,
  settle,
  settleAlone,
  type Settlement,
  type Task,
  Tried,
} from './task.ts';

/**
 * Files identities that a facility feeds (ADT A08, A31, A40). They are applied once under the message's id, so that a
 * filing that was broken off between them and the message's state changes nothing when it is repeated.
 */
export async function fileIdentities(desk: MessageDesk, task: Task): Promise<void> {
  const known = await readDocument(desk.owner, task.document);
  const settlement: Settlement = {
    state: 'filed',
    disposition: 'updated',
    links: known?.links ?? [],
    ...patientIn(known?.links ?? []),
  };
  if (known?.content === task.content)
    return settleAlone(desk.writer, task, { ...settlement, disposition: 'duplicate' });
  if (known && BigInt(known.seq) > BigInt(task.seq)) throw superseded();

  const patients = task.message.entries.flatMap(({ resource }) =>
    resource.resourceType === 'Patient' ? [resource] : [],
  );
  let links: string[] = [];
  if (task.lease === undefined) {
    await desk.identities.apply(task.context, patients, {
      within: { after: () => Promise.reject(new Tried(settlement)) },
    });
    throw new OutcomeError([{ severity: 'error', code: 'exception' }]); // a trial ends above
  }
  await asFacility(desk.writer, task.facility, (db) => hold(db, task));
  links = await desk.identities.apply(task.context, patients, { key: `message ${task.id} ${task.content}` });
  await asFacility(desk.writer, task.facility, async (db) => {
    await hold(db, task);
    const done = { ...settlement, links, ...patientIn(links) };
    await settle(db, task, done, { content: task.content, patient: null, links, rows: {} });
  });
}
