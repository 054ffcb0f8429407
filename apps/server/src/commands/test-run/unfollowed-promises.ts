// node:test follows every promise of its process, to tell which test is speaking: a fifth of the processor's time of a
// test that runs a server. Here scope.ts tells it. To be loaded before node:test is.
import type { HookCallbacks } from 'node:async_hooks';

type Callbacks = HookCallbacks & { trackPromises?: boolean };

const hooks = process.getBuiltinModule('node:async_hooks');
const { createHook } = hooks;
hooks.createHook = (callbacks: Callbacks) => {
  const unfollowed: Callbacks = { ...callbacks, trackPromises: false };
  return createHook(unfollowed);
};
