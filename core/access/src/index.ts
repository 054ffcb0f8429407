export { isDay, subjectOf, type Licence, type NewAccount, type StaffRole } from './accounts/accounts.ts';
export { idOfUsername, openAccount, resetAccount, unlockAccount } from './accounts/administration.ts';
export { enterLicence } from './accounts/licences.ts';
export { addMembership, endMembership, memberships, type Membership } from './accounts/memberships.ts';
export { PASSWORD_LENGTHS } from './accounts/password-rules.ts';
export { hashPassword, verifyPassword, type PasswordCost } from './accounts/password.ts';
export { createAccess, type Access } from './create-access.ts';
export { DOORS, type Door } from './doors.ts';
export { issueEnrolmentCode, type NewEnrolment } from './enrolment/enrolment-codes.ts';
export { artifacts, type Artifacts } from './oidc/artifacts.ts';
export { JOINING_SCOPE, LIVE_SCOPE, setFacilityClient } from './oidc/facility-clients.ts';
export { endOtherSession } from './oidc/end-other-session.ts';
export {
  createClient,
  deactivateClient,
  listClients,
  registerClient,
  rotateClientSecret,
  type ClientProof,
  type CreatedClient,
  type NewClient,
  type Registered,
  type RegisteredClient,
  type Registration,
} from './oidc/registration.ts';
export { certificateKeys } from './oidc/registration-checks.ts';
export { FONT_CSS } from './oidc/page-fonts.ts';
export { escapeHtml } from './oidc/pages.ts';
export { atPublicAddress } from './oidc/public-address.ts';
export { currentKeys } from './oidc/current-keys.ts';
export {
  issuersWithKeys,
  providerKeys,
  randomSecret,
  rotateProviderKeys,
  serverSecret,
  verifyingKeys,
  type ProviderKeys,
} from './oidc/server-secret.ts';
export type { AccessOptions, Persona, VneidClaims, VneidOptions } from './options.ts';
export { keepAuthors } from './policy/care-authors.ts';
export { careRelationships, type ReadMany } from './policy/care-relationship.ts';
export { practitionerLicences } from './policy/practitioner-licences.ts';
export type { RuleBook } from './policy/rule-book.ts';
export type { Rules } from './policy/rules.ts';
export { GROUND_WORDS } from './policy/words.ts';
