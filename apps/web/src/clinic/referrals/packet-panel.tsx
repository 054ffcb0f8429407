import { useReferralText } from './messages.ts';
import type { PacketGroup } from './prefill.ts';

type PacketPanelProps = {
  groups: readonly PacketGroup[];
  left: readonly PacketGroup['name'][];
  onChange: (left: PacketGroup['name'][]) => void;
};

/** What goes with a referral, by kind, each left out or taken along by one tick. */
export function PacketPanel({ groups, left, onChange }: PacketPanelProps) {
  const t = useReferralText();
  return (
    <section className="side" aria-label={t('packet')}>
      <h2>{t('packet')}</h2>
      <p className="q">{t('packetHint')}</p>
      <ul className="packet">
        {groups.map(({ name, items }) => (
          <li key={name}>
            <label>
              <input
                type="checkbox"
                checked={!left.includes(name)}
                onChange={(event) =>
                  onChange(event.target.checked ? left.filter((one) => one !== name) : [...left, name])
                }
              />
              <b>{t(`packet-${name}`)}</b> <span className="n">{items.length}</span>
            </label>
            <small>
              {items
                .map(({ words }) => words)
                .filter(Boolean)
                .slice(0, 4)
                .join(', ')}
            </small>
          </li>
        ))}
      </ul>
      <p className="q">{t('packetSensitive')}</p>
    </section>
  );
}
