/** Events of messages between a facility and the hub. */
export const MESSAGE_EVENT_SYSTEM = 'https://yba.vn/fhir/CodeSystem/message-event';
export const MESSAGE_EVENTS: readonly string[] = [
  'visit',
  'record',
  'dossier-xml',
  'retraction',
  'patient-identity',
  'audit-event',
];
