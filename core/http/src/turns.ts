/** How many units may be at work at once, and how long one waits for its turn, in ms. */
export type TurnLimits = { capacity: number; patienceMs: number };

/** One that takes part: gives its units back, or leaves the queue. */
export type Turn = { leave(): void };

type Waiting = { weight: number; begin(): void; late: NodeJS.Timeout };

/**
 * Work in turns: what fits begins at once, the rest waits in the order it came. Something heavier than all there is
 * goes alone.
 */
export class Turns {
  readonly #limits: TurnLimits;
  #taken = 0;
  #waiting: Waiting[] = [];

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** How many units there are. */
  get capacity(): number {
    return this.#limits.capacity;
  }

  /** Calls `begin` at once or when it is its turn; `refuse` instead when that takes too long. */
  take(weight: number, begin: () => void, refuse: () => void, patienceMs = this.#limits.patienceMs): Turn {
    let state: 'waiting' | 'begun' | 'over' = 'waiting';
    const waiting: Waiting = {
      weight,
      begin: () => {
        clearTimeout(waiting.late);
        state = 'begun';
        this.#taken += weight;
        begin();
      },
      late: undefined as unknown as NodeJS.Timeout,
    };
    const forget = () => {
      clearTimeout(waiting.late);
      const at = this.#waiting.indexOf(waiting); // the first, where thousands are late together
      if (at >= 0) this.#waiting.splice(at, 1);
    };
    if (this.#waiting.length === 0 && this.#fits(weight)) waiting.begin();
    else {
      this.#waiting.push(waiting);
      waiting.late = setTimeout(() => {
        state = 'over';
        forget();
        refuse();
        this.#next();
      }, patienceMs);
    }
    return {
      leave: () => {
        if (state === 'begun') this.#taken -= weight;
        if (state === 'waiting') forget();
        state = 'over';
        this.#next();
      },
    };
  }

  /** As `take`, for work that is awaited: resolves with what gives the units back, rejects with `late` when it takes too long. */
  wait(weight: number, late: () => Error, patienceMs?: number): Promise<() => void> {
    return new Promise((begin, refuse) => {
      const turn = this.take(
        weight,
        () => begin(() => turn.leave()),
        () => refuse(late()),
        patienceMs,
      );
    });
  }

  /** As `wait`, for work that gives the units back by its end. */
  async during<T>(
    weight: number,
    late: () => Error,
    work: () => Promise<T>,
    patienceMs?: number,
  ): Promise<T> {
    const leave = await this.wait(weight, late, patienceMs);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  #fits(weight: number): boolean {
    return this.#taken === 0 || this.#taken + weight <= this.#limits.capacity;
  }

  #next(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next.weight); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.begin();
    }
  }
}
