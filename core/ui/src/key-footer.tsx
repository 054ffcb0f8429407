import { useState } from 'react';
import { Dialog } from './dialog.tsx';
import { useActiveKeys, useKeys, type KeyBinding } from './keys.ts';
import { useUiText } from './messages.ts';

/** The footer that prints the shortcuts of the screen, and "?" for all of them. */
export function KeyFooter() {
  const t = useUiText();
  const [card, setCard] = useState<readonly KeyBinding[]>();
  const active = useActiveKeys();
  const open = () => setCard(active.filter((binding) => binding.keys !== '?'));
  useKeys([
    { keys: '?', label: t('allKeys'), run: open, quiet: true },
    { keys: 'F1', label: t('allKeys'), run: open, quiet: true, inText: true },
  ]);
  return (
    <footer className="keys">
      <div className="hints">
        {active
          .filter((binding) => !binding.quiet)
          .map((binding) => (
            <span key={binding.keys}>
              <kbd>{binding.printed ?? binding.keys}</kbd>
              {binding.label}
            </span>
          ))}
      </div>
      <button type="button" className="r" onClick={open}>
        <kbd>?</kbd>
        {t('allKeys')}
      </button>
      {card && <KeyCard bindings={card} onClose={() => setCard(undefined)} />}
    </footer>
  );
}

function KeyCard({ bindings, onClose }: { bindings: readonly KeyBinding[]; onClose: () => void }) {
  const t = useUiText();
  return (
    <Dialog title={t('keyCardTitle')} onClose={onClose}>
      <dl className="keycard">
        {bindings.map((binding) => (
          <div key={binding.keys}>
            <dt>
              <kbd>{binding.keys}</kbd>
            </dt>
            <dd>{binding.label}</dd>
          </div>
        ))}
      </dl>
      <p className="keynote">{t('keyCardNote')}</p>
    </Dialog>
  );
}
