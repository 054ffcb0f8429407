import type { Capability } from '@yba/http';
import { answerOperation } from './answer.ts';
import { askOperation } from './ask.ts';
import { listOperation } from './list.ts';
import type { LookRequestOptions } from './options.ts';

/**
 * From a look at their record a person asks why, objects, or asks for a correction; the facility that looked answers
 * within a deadline. Question and answer are Communications in the person's record.
 */
export function createLookRequests(options: LookRequestOptions): Capability {
  return {
    name: 'look-requests',
    operations: [
      askOperation(options), //    AuditEvent/{id}/$request
      listOperation(options), //   AuditEvent/$requests
      answerOperation(options), // Communication/{id}/$answer
    ],
  };
}
