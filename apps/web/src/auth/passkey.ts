import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';

const KEPT = 'yba.passkey';

/** Whether this browser can use passkeys at all. */
export const canUsePasskeys = (): boolean => typeof PublicKeyCredential === 'function';

/** Whether a passkey was used on this machine before: then it is offered first. It says nothing about whose. */
export function passkeyUsedHere(): boolean {
  try {
    return localStorage.getItem(KEPT) === 'yes';
  } catch {
    return false;
  }
}

function notePasskeyUsed(): void {
  try {
    localStorage.setItem(KEPT, 'yes');
  } catch {
    // a browser without storage offers it second
  }
}

/** The person stopped, or the device has no such key: nothing was sent. */
export class PasskeyStopped extends Error {}

const stopped = (cause: unknown): never => {
  throw new PasskeyStopped('passkey', { cause });
};

/** Proves a passkey by fingerprint, face or the device's code. Throws PasskeyStopped. */
export async function provePasskey(options: PublicKeyCredentialRequestOptionsJSON): Promise<object> {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  const response = await startAuthentication({ optionsJSON: options }).catch(stopped);
  notePasskeyUsed();
  return response;
}

/** Makes a passkey on this device, or one that it is joined to. Throws PasskeyStopped. */
export async function makePasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<object> {
  const { startRegistration } = await import('@simplewebauthn/browser');
  const response = await startRegistration({ optionsJSON: options }).catch(stopped);
  notePasskeyUsed();
  return response;
}
