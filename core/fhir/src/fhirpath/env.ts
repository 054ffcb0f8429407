import type { Resource } from '../interactions.ts';
import { tooCostly } from './fault.ts';
import { type Item, itemOf, Node, type Value } from './node.ts';
import { type Temporal, temporalOf } from './temporal.ts';

/** What an evaluation may ask of its surroundings. */
export type EvaluateOptions = {
  /** FHIR type of a focus that is no resource: `HumanName`, `Patient.contact`, `date`. */
  type?: string;
  /** Of a primitive focus: its `_name` object. */
  sibling?: unknown;
  /** %resource: the resource that holds the focus; the focus itself when absent. */
  root?: Resource;
  /** %rootResource: the resource that contains `root`; `root` itself when absent. */
  rootResource?: Resource;
  /** %context: the focus when absent. */
  context?: unknown;
  /** Values of further `%name` variables. */
  variables?: Readonly<Record<string, unknown>>;
  /** The resource a reference leads to; contained ones and entries of a Bundle are found without. */
  resolve?: (reference: string) => Resource | undefined;
  /** Whether a code is in a value set; undefined when that is not known. */
  memberOf?: (valueSet: string, system: string | undefined, code: string) => boolean | undefined;
  /** Whether the first code is an ancestor of, or the same as, the second. */
  subsumes?: (system: string, ancestor: string, code: string) => boolean | undefined;
  /** Whether a resource conforms to a profile; undefined when the profile is not known. */
  conformsTo?: (resource: unknown, profile: string) => boolean | undefined;
  /** What `trace()` shows. */
  trace?: (name: string, values: unknown[]) => void;
  /** The moment `now()` answers; the clock when absent. */
  now?: Date;
  /** Faults where FHIRPath allows to be strict: an element its type does not have, `as` on many items. */
  strict?: boolean;
};

/** Items an evaluation may look at; the costliest official invariant looks at some thousands. */
const maxSteps = 1_000_000;
const maxText = 10_000_000;

/** One evaluation. */
export class Env {
  readonly options: EvaluateOptions;
  readonly strict: boolean;
  /** What the expression is evaluated on. */
  readonly focus: Item | undefined;
  /** `$index` and `$total` of the innermost function that sets them. */
  index: number | undefined = undefined;
  total: Value = undefined;
  /** What defineVariable() has named so far. */
  defined: ReadonlyMap<string, Value> | undefined = undefined;
  #steps = 0;
  #now: Temporal | undefined = undefined;
  #resource: Item | undefined = undefined;
  #rootResource: Item | undefined = undefined;

  constructor(options: EvaluateOptions, focus: Item | undefined) {
    this.options = options;
    this.strict = options.strict === true;
    this.focus = focus;
  }

  /** %resource */
  get resource(): Item | undefined {
    const { root } = this.options;
    if (root === undefined || (this.focus instanceof Node && this.focus.value === root)) return this.focus;
    return (this.#resource ??= itemOf(root));
  }

  /** %rootResource */
  get rootResource(): Item | undefined {
    const { root, rootResource } = this.options;
    if (rootResource === undefined || rootResource === root) return this.resource;
    return (this.#rootResource ??= itemOf(rootResource));
  }

  /** %context */
  get context(): Item | undefined {
    const { context } = this.options;
    return context === undefined ? this.focus : itemOf(context);
  }

  /** Counts work done. Throws OutcomeError 'too-costly' when it is more than one expression may ask for. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps) throw tooCostly(`the expression looks at more than ${maxSteps} items`);
  }

  /** A text an expression has built, when it is not absurdly long. */
  text(text: string): string {
    if (text.length > maxText) throw tooCostly(`a text of more than ${maxText} characters was built`);
    this.spend(text.length >> 6);
    return text;
  }

  /** The same moment throughout an evaluation, in UTC. */
  now(): Temporal {
    return (this.#now ??= temporalOf((this.options.now ?? new Date()).toISOString(), 'dateTime')!);
  }
}
