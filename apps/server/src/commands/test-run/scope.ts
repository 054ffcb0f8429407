import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** Whether a suite or a test of a file is speaking, to which what it says belongs. */
const inside = new AsyncLocalStorage<true>();
let file: AsyncResource | undefined;

/** To which suite of node:test belongs what a test file says: a module that is evaluated has no context of its own. */
export const scope = {
  /** From now on what is said at the top of a file belongs to the suite that calls. */
  open(): void {
    file = new AsyncResource('test file');
  },
  /** A function of node:test, speaking for the suite it belongs to. */
  speaking<A extends unknown[], R>(say: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      const told = args.map((arg) => (typeof arg === 'function' ? spoken(arg as Body) : arg)) as A;
      return inside.getStore() ? say(...told) : file!.runInAsyncScope(() => say(...told));
    };
  },
};

type Body = (...args: unknown[]) => unknown;

/** Keeps the number of arguments, by which node:test tells a body that ends by a callback. */
function spoken(body: Body): Body {
  const run: Body = function (this: unknown, ...args) {
    return inside.run(true, () => body.apply(this, args));
  };
  return Object.defineProperty(run, 'length', { value: body.length });
}
