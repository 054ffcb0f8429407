import { Decimal } from '../json/decimal.ts';

export type Json = Record<string, unknown>;

/** Objects and arrays; a Decimal is a value. */
export const isContainer = (value: unknown): value is Json | unknown[] =>
  typeof value === 'object' && value !== null && !(value instanceof Decimal);

/** Values that one patch may copy, and characters in them: what a client sends must not grow without bound. */
const maxCopiedValues = 200_000;
const maxCopiedCharacters = 20_000_000;

/**
 * A document being patched. What is changed is copied first, along its path; the rest is shared with the
 * document that was given, which stays as it is.
 */
export class Draft {
  root: unknown;
  readonly #own = new WeakSet<object>();
  #values = 0;
  #characters = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  /** A container that may be changed in place: itself when this draft made it, else a shallow copy. */
  owned<T extends Json | unknown[]>(container: T): T {
    if (this.#own.has(container)) return container;
    const copy = (Array.isArray(container) ? [...(container as unknown[])] : { ...container }) as T;
    this.#own.add(copy);
    return copy;
  }

  /** The container at these keys, made changeable all along the way; undefined when there is none. */
  containerAt(keys: readonly (string | number)[]): Json | unknown[] | undefined {
    if (!isContainer(this.root)) return undefined;
    let at: Json | unknown[] = (this.root = this.owned(this.root));
    for (const key of keys) {
      if (!Object.hasOwn(at, key)) return undefined;
      const next: unknown = (at as Json)[key];
      if (!isContainer(next)) return undefined;
      at = (at as Json)[key] = this.owned(next);
    }
    return at;
  }

  /**
   * Takes out the objects and arrays that this draft has emptied, which FHIR's JSON does not have. What was empty
   * before, or was put in empty, stays for validation to find.
   */
  prune(container: unknown = this.root): void {
    if (!isContainer(container) || !this.#own.has(container)) return;
    const isEmptied = (child: unknown) =>
      isContainer(child) && this.#own.has(child) && Object.keys(child).length === 0;
    for (const key of Object.keys(container).reverse()) {
      const child = (container as Json)[key];
      this.prune(child);
      if (!isEmptied(child)) continue;
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else delete container[key];
    }
  }

  /** A copy that shares nothing with the original; undefined when the patch copies too much. */
  copy(value: unknown): { value: unknown } | undefined {
    this.#values++;
    if (typeof value === 'string') this.#characters += value.length;
    if (this.#values > maxCopiedValues || this.#characters > maxCopiedCharacters) return undefined;
    if (!isContainer(value)) return { value };
    const copied: Json | unknown[] = Array.isArray(value) ? [] : {};
    for (const key of Object.keys(value)) {
      const part = this.copy((value as Json)[key]);
      if (!part) return undefined;
      (copied as Json)[key] = part.value;
    }
    this.#own.add(copied);
    return { value: copied };
  }
}

/** Whether objects and arrays are nested deeper than `levels`. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (!isContainer(value)) return false;
  if (levels === 0) return true;
  return Object.values(value).some((part) => isDeeperThan(part, levels - 1));
}
