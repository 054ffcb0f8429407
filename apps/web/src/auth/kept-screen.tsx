import { useKeys } from '@yba/ui';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';

/**
 * What stands beneath a lock: while `locked` nothing of it is in the page, and what was typed is kept in memory for the
 * same person. Somebody else signs in by leaving this page, and memory with it. What is drawn outside of it, into the
 * body, has to go by itself (`useScreenLock`).
 */
export function KeptScreen({ locked, children }: { locked: boolean; children: ReactNode }) {
  const [host] = useState(() => {
    const made = document.createElement('div');
    made.style.display = 'contents';
    return made;
  });
  const place = useRef<HTMLDivElement>(null);
  const [wasOpen, setWasOpen] = useState(!locked);
  if (!locked && !wasOpen) setWasOpen(true);
  useLayoutEffect(() => {
    if (locked) return;
    place.current?.append(host);
    // a dialogue that was taken out is open no more as a modal one
    for (const dialog of host.querySelectorAll<HTMLDialogElement>('dialog[open]')) {
      dialog.close();
      dialog.showModal();
    }
    (host.querySelector('[data-kept-focus]') as HTMLElement | null)?.focus();
    for (const one of host.querySelectorAll('[data-kept-focus]')) one.removeAttribute('data-kept-focus');
    return () => {
      if (host.contains(document.activeElement)) document.activeElement?.setAttribute('data-kept-focus', '');
      host.remove();
    };
  }, [locked, host]);
  return (
    <>
      <div ref={place} style={{ display: 'contents' }} />
      {locked && <Silenced />}
      {wasOpen && createPortal(children, host)}
    </>
  );
}

/** Keeps the shortcuts of what is beneath from working. */
function Silenced() {
  useKeys([], { modal: true });
  return null;
}
