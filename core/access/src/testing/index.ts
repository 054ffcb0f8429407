export {
  authorizationRequest,
  browser,
  claimsOf,
  exchange,
  signInWithPassword,
  type AuthorizationRequest,
  type Browser,
  type Tokens,
} from './browser.ts';
export { PASSWORD_COST } from './password-cost.ts';
export { callerOf, running, type Running } from './running.ts';
