import { useLayoutEffect, useRef, useSyncExternalStore } from 'react';

/** One shortcut. `keys` as printed: "Ctrl K", "Alt 1", "F2", "?", "↑", "Enter", "Esc", "D". */
export type KeyBinding = {
  keys: string;
  label: string;
  /** What the footer prints in place of `keys`, for the first of a row of keys: "1 – 4". */
  printed?: string;
  run: (event: KeyboardEvent) => void;
  /** Also while a text field has the focus. Only for chords and function keys that type nothing, Esc and arrows. */
  inText?: boolean;
  /** Not printed in the footer; still on the "?" card. */
  quiet?: boolean;
  /** Leaves the browser's own action as it is. */
  passive?: boolean;
};

type Layer = { id: symbol; bindings: readonly KeyBinding[]; modal: boolean };

let layers: readonly Layer[] = [];
const watchers = new Set<() => void>();

function setLayers(next: readonly Layer[]) {
  layers = next;
  for (const watcher of watchers) watcher();
}

/** The layers that hear a key: from the top down to the first modal one. */
function listening(all: readonly Layer[]): readonly Layer[] {
  const modal = all.findLastIndex((layer) => layer.modal);
  return modal < 0 ? all : all.slice(modal);
}

const NAMED: Record<string, string> = {
  '↑': 'ArrowUp',
  '↓': 'ArrowDown',
  '←': 'ArrowLeft',
  '→': 'ArrowRight',
  '↵': 'Enter',
  Esc: 'Escape',
  Del: 'Delete',
};

/** Whether a keyboard event is the printed chord. Digits and letters with Alt are compared by their place on the keyboard. */
export function isChord(
  event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>,
  keys: string,
): boolean {
  const parts = keys.split(' ');
  const last = parts.at(-1) ?? '';
  const wants = (name: string) => parts.slice(0, -1).includes(name);
  if (wants('Ctrl') !== (event.ctrlKey || event.metaKey) || wants('Alt') !== event.altKey) return false;
  if (wants('Shift') && !event.shiftKey) return false;
  const named = NAMED[last] ?? last;
  if (named.length > 1) return event.key === named && wants('Shift') === event.shiftKey;
  if (event.key.toLowerCase() === named.toLowerCase())
    return /^[a-z0-9]$/i.test(named) ? wants('Shift') === event.shiftKey : true;
  return wants('Alt') && (event.code === `Digit${named}` || event.code === `Key${named.toUpperCase()}`);
}

/** Whether the event goes to something that takes text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement &&
    !['button', 'checkbox', 'radio', 'submit', 'reset', 'file'].includes(target.type)
  );
}

/** Whether Enter belongs to the control that has the focus: a button or link is pressed by it, a radio is not. */
function takesEnter(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  const control = target.closest('button, a[href], summary');
  return control !== null && control.getAttribute('role') !== 'radio';
}

function onKeyDown(event: KeyboardEvent) {
  // 229: the key belongs to an input method that is still composing (Telex, VNI …)
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.key === 'Enter' && takesEnter(event.target)) return;
  const typing = isTyping(event.target);
  for (const layer of listening(layers).toReversed()) {
    for (const binding of layer.bindings) {
      if ((typing && !binding.inText) || !isChord(event, binding.keys)) continue;
      if (event.repeat && !NAMED[binding.keys]?.startsWith('Arrow')) return;
      if (!binding.passive) event.preventDefault();
      binding.run(event);
      return;
    }
  }
}

if (typeof window !== 'undefined') window.addEventListener('keydown', onKeyDown);

/**
 * Makes shortcuts work while the component is shown, and prints them in the footer and on the "?" card. A `modal`
 * layer silences those beneath it. Keys never fire inside text (unless `inText`) or while an input method composes.
 */
export function useKeys(
  bindings: readonly KeyBinding[],
  options: { modal?: boolean; enabled?: boolean } = {},
): void {
  const { modal = false, enabled = true } = options;
  const latest = useRef(bindings);
  latest.current = bindings;
  const printed = bindings
    .map((binding) => `${binding.keys}\u0000${binding.label}\u0000${binding.quiet}${binding.inText}`)
    .join('\u0001');
  // before it is painted: who sees a key printed may press it
  useLayoutEffect(() => {
    if (!enabled) return;
    const id = Symbol('keys');
    const live = latest.current.map((binding, index) => ({
      ...binding,
      run: (event: KeyboardEvent) => latest.current[index]?.run(event),
    }));
    setLayers([...layers, { id, bindings: live, modal }]);
    return () => setLayers(layers.filter((layer) => layer.id !== id));
  }, [printed, modal, enabled]);
}

/** The shortcuts that work now, topmost layer first, each chord once. */
export function useActiveKeys(): KeyBinding[] {
  const all = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => layers,
  );
  const seen = new Set<string>();
  return listening(all)
    .toReversed()
    .flatMap((layer) => layer.bindings)
    .filter((binding) => !seen.has(binding.keys) && seen.add(binding.keys));
}
