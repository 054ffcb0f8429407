/** What this browser remembers of the access log: the key it trusts and the newest head it has seen. */
export type Pins = { verifier?: string; checkpoint?: string };

const KEY = 'yba.book.audit';

/** Reads what was remembered; nothing where the browser keeps nothing. */
export function readPins(): Pins {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Pins;
  } catch {
    return {};
  }
}

export function keepPins(pins: Pins): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(pins));
  } catch {
    // a private window: every visit starts anew
  }
}
