import type { vi } from './vi.ts';

/** English words of the lock screen. */
export const en: Record<keyof typeof vi, string> = {
  title: 'This screen is locked',
  lead: 'Your work is where you left it. Only {{name}} can open it again.',
  password: 'Your password',
  enter: 'Enter again',
  entering: 'Entering…',
  passkey: 'Use the passkey on this device',
  passkeyHint: 'Fingerprint, face or security key.',
  passkeyStopped: 'The passkey was not used. Try again, or enter your password.',
  rehearsal: 'Rehearsal: tap to enter again',
  passkeyStoppedVneid: 'The key did not work. Try again, or open by VNeID.',
  vneid: 'Open again by VNeID',
  vneidHint: 'VNeID opens in a window beside; this screen keeps its place.',
  lockNow: 'Lock the screen',
  someoneElse: 'Somebody else uses this machine',
  someoneElseHint: 'This session ends; the next person sees nothing of it',
  signOut: 'Sign out',
  fill: 'Enter your password.',
};
