const logged = new WeakSet<object>();

/** Says of a refusal that the access log holds it already, and gives it back: no layer above writes it once more. */
export function markLogged<E>(error: E): E {
  if (typeof error === 'object' && error !== null) logged.add(error);
  return error;
}

/** Whether the access log holds this refusal. */
export function isLogged(error: unknown): boolean {
  return typeof error === 'object' && error !== null && logged.has(error);
}
