/** Filter chips: one is chosen; each tells how many rows it leads to. */
export function Chips<Value extends string>({
  label,
  chips,
  chosen,
  onChoose,
}: {
  label: string;
  chips: readonly { value: Value; label: string; count: number }[];
  chosen: Value;
  onChoose: (value: Value) => void;
}) {
  return (
    <div className="chips" role="group" aria-label={label}>
      {chips.map((chip) => (
        <button
          key={chip.value}
          type="button"
          className={chip.value === chosen ? 'on' : undefined}
          aria-pressed={chip.value === chosen}
          onClick={() => onChoose(chip.value)}
        >
          {chip.label} {chip.count}
        </button>
      ))}
    </div>
  );
}
