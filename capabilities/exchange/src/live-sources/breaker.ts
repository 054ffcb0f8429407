/** How a breaker behaves: failures in a row that open it, and how long it then stays open, at first and at most, in ms. */
export type BreakerLimits = { failures: number; pauseMs: number; longestMs: number };

const usual: BreakerLimits = { failures: 3, pauseMs: 15_000, longestMs: 300_000 };

/**
 * Keeps a source that is down from being asked at every turn. After some failures in a row it is left alone for a while;
 * then one question tries it, and the pause doubles while that fails too.
 */
export class Breaker {
  readonly #limits: BreakerLimits;
  readonly #now: () => number;
  #failures = 0;
  #until = 0;
  #pauseMs: number;
  #isTrying = false;

  constructor(limits: Partial<BreakerLimits> = {}, now: () => number = Date.now) {
    this.#limits = { ...usual, ...limits };
    this.#now = now;
    this.#pauseMs = this.#limits.pauseMs;
  }

  /** Whether the source may be asked now; asking `anew`, as a person does by a key, does not wait for the pause to end. */
  mayAsk(anew = false): boolean {
    if (this.#failures < this.#limits.failures) return true;
    if (this.#isTrying || (!anew && this.#now() < this.#until)) return false;
    this.#isTrying = true;
    return true;
  }

  /** Whether one question tries it, and the others wait for that. */
  get isTrying(): boolean {
    return this.#isTrying;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#isTrying = false;
    this.#pauseMs = this.#limits.pauseMs;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#failures < this.#limits.failures) return;
    if (this.#isTrying) this.#pauseMs = Math.min(this.#pauseMs * 2, this.#limits.longestMs);
    this.#isTrying = false;
    this.#until = this.#now() + this.#pauseMs;
  }
}
