import type { RegexNode } from './syntax.ts';

/** One state: eats a character that `accepts` takes, or passes on to others, or is the end. */
type State =
  | { kind: 'character'; accepts: (unit: number) => boolean; next: number }
  | { kind: 'position'; source: RegExp; next: number }
  | { kind: 'split'; next: number[] }
  | { kind: 'end' };

const maxStates = 5000;

/** A matcher that reads each character once, whatever the pattern. Source: https://swtch.com/~rsc/regexp/regexp1.html */
export class Automaton {
  readonly #states: State[] = [{ kind: 'end' }];
  readonly #start: number;
  readonly #flags: string;
  readonly #acceptors = new Map<string, (unit: number) => boolean>();

  /** Throws RangeError when the pattern would need too many states. */
  constructor(node: RegexNode, flags: string) {
    this.#flags = flags;
    this.#start = this.#add(node, 0);
  }

  get size(): number {
    return this.#states.length;
  }

  /** Whether the pattern is found in the text, or is the whole of it. */
  test(text: string, whole: boolean): boolean {
    let current: number[] = [];
    const mark = new Int32Array(this.#states.length).fill(-1);
    for (let at = 0; at <= text.length; at++) {
      if (!whole || at === 0) this.#follow(this.#start, at, text, mark, current);
      const next: number[] = [];
      for (const index of current) {
        const state = this.#states[index]!;
        if (state.kind === 'end' && (!whole || at === text.length)) return true;
      }
      if (at === text.length) return false;
      const unit = text.charCodeAt(at);
      for (const index of current) {
        const state = this.#states[index]!;
        if (state.kind === 'character' && state.accepts(unit))
          this.#follow(state.next, at + 1, text, mark, next);
      }
      current = next;
      if (whole && current.length === 0) return false;
    }
    return false;
  }

  /** Adds a state and all it passes on to; `mark` says at which position a state was last added. */
  #follow(first: number, at: number, text: string, mark: Int32Array, into: number[]): void {
    const open = [first];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (mark[index] === at) continue;
      mark[index] = at;
      const state = this.#states[index]!;
      if (state.kind === 'split') open.push(...state.next);
      else if (state.kind === 'position') {
        state.source.lastIndex = at;
        if (state.source.test(text)) open.push(state.next);
      } else into.push(index);
    }
  }

  #push(state: State): number {
    if (this.#states.length >= maxStates) throw new RangeError('too many states');
    return this.#states.push(state) - 1;
  }

  #acceptor(source: string): (unit: number) => boolean {
    let accepts = this.#acceptors.get(source);
    if (!accepts) this.#acceptors.set(source, (accepts = acceptor(source, this.#flags)));
    return accepts;
  }

  /** Adds the states of a node that go on to `next`; answers the first of them. */
  #add(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'character':
        return this.#push({ kind: 'character', accepts: this.#acceptor(node.source), next });
      case 'position':
        return this.#push({ kind: 'position', source: new RegExp(node.source, `y${this.#flags}`), next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.#add(part, after), next);
      case 'choice':
        return this.#push({ kind: 'split', next: node.parts.map((part) => this.#add(part, next)) });
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #repeat({ of, least, most }: Extract<RegexNode, { kind: 'repeat' }>, next: number): number {
    let first = next;
    if (most === Infinity) {
      const loop: number[] = [next];
      first = this.#push({ kind: 'split', next: loop });
      loop.push(this.#add(of, first));
    } else {
      for (let times = least; times < most; times++) {
        const optional = this.#add(of, first);
        first = this.#push({ kind: 'split', next: [optional, next] });
      }
    }
    for (let times = 0; times < least; times++) first = this.#add(of, first);
    return first;
  }
}

/** Whether a UTF-16 unit is one that a piece of a pattern takes; those of Latin text are asked once. */
function acceptor(source: string, flags: string): (unit: number) => boolean {
  const pattern = new RegExp(`^${source}$`, `s${flags.replace('m', '')}`);
  const known = new Int8Array(256);
  const ask = (unit: number) => pattern.test(String.fromCharCode(unit));
  return (unit) => {
    if (unit > 255) return ask(unit);
    if (known[unit] === 0) known[unit] = ask(unit) ? 1 : -1;
    return known[unit] === 1;
  };
}
