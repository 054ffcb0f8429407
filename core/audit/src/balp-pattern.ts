import type { Look } from './read-log.ts';

type Coding = { system: string; code: string; display: string };

export const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';

const dicom = (code: string, display: string): Coding => ({ system: DICOM, code, display });
const participation = (code: string, display: string): Coding => ({
  system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  code,
  display,
});

const SOURCE = dicom('110153', 'Source Role ID');
const DESTINATION = dicom('110152', 'Destination Role ID');
const RECIPIENT = participation('IRCP', 'information recipient');
const AUTHOR = participation('AUT', 'author (originator)');

/** What the user, the client and the server are to an event, and the profile of it, where BALP has one. */
type Pattern = { profile?: string; user: Coding; client: Coding; server: Coding };

const READ: Pattern = { profile: 'Read', user: RECIPIENT, client: DESTINATION, server: SOURCE };
const OTHER: Pattern = { user: RECIPIENT, client: SOURCE, server: DESTINATION };

/**
 * By action. Of a query the parameters flow from the client to the server, of a read the resource the other way.
 * Source: https://profiles.ihe.net/ITI/BALP/content.html#3573-restful-activities
 */
const PATTERNS: Readonly<Record<string, Pattern>> = {
  read: READ,
  vread: READ,
  search: { ...OTHER, profile: 'Query' },
  create: { ...OTHER, profile: 'Create', user: AUTHOR },
  update: { ...OTHER, profile: 'Update', user: AUTHOR },
  delete: {
    profile: 'Delete',
    user: AUTHOR,
    client: dicom('110150', 'Application'),
    server: {
      system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
      code: 'custodian',
      display: 'Custodian',
    },
  },
};

/** Whether it is an account that an event is about, which is no resource. */
export const isAccount = (target: string): boolean => target.startsWith('account/');

/** What the agents of a look are to it. */
export const patternOf = ({ action }: Pick<Look, 'action'>): Pattern => PATTERNS[action] ?? OTHER;

/** The profile that a look meets. BALP has them of what succeeded, and of resources: an account is none. */
export function profileOf(look: Look): string | undefined {
  const { profile } = patternOf(look);
  const { outcome, target, person } = look;
  if (profile === undefined || outcome !== 'success' || target === null || isAccount(target))
    return undefined;
  const about = person === null ? '' : 'Patient';
  return `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${about}${profile}`;
}
