/**
 * Makes core/vietnam/data/admin-commune-merge-2025.csv: which of the 10,035 communes before 1 July 2025 became (part of)
 * which of the 3,321 of today. Read from the merger texts that the national map of the reform shows for each new unit, as
 * kept in github.com/thanglequoc/vietnamese-provinces-database (MIT), `sapnhap-bando-crawler/donvi_tinhthanh.json`.
 * A name that the text does not tell apart, or that no commune of the list has, gets no row: then nothing is known.
 *
 *   node scripts/build-commune-succession.ts <donvi_tinhthanh.json>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { legacyUnits, provinceSuccession } from '@yba/vietnam/data';

type Unit = { ma: string; magoc: string; truocsapnhap: string | null };
type Mention = { name: string; district: string | undefined; part: boolean };

const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;

/** As two spellings of a name compare equal: tones at the end of their word (Hoà, Hòa), y as i, no case. */
const folded = (text: string): string =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replace(/['’]/g, '')
    .split(/[\s\-–]+/)
    .filter((word) => word !== '')
    .map((word) => word.replace(TONES, '').replaceAll('y', 'i') + (word.match(TONES) ?? []).join(''))
    .join(' ')
    .normalize('NFC');

const KIND = /^(phường|xã|thị trấn|đặc khu)\s+/i;
const DISTRICT = /^(huyện|quận|thị xã|thành phố)\s/i;

/** The names between commas that stand outside brackets. */
function itemsOf(text: string): string[] {
  const items = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (depth === 0 && /[,;]/.test(letter)) items.push('');
    else items[items.length - 1] += letter;
  }
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** What a merger text names. After “một phần” nothing in the text is taken for whole. */
function mentionsIn(text: string): Mention[] {
  const mentions: Mention[] = [];
  let part = false;
  let kind = '';
  for (const item of itemsOf(text.normalize('NFC').replace(/\s+/g, ' '))) {
    const brackets = [...item.matchAll(/\(([^)]*)\)/g)].map(([, inside]) => inside!.trim());
    const bare = item
      .replace(/\([^)]*\)/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    if (/phần/i.test(bare)) part = true;
    for (const piece of bare.split(/\s+và\s+|(?=\b(?:các )?(?:phường|xã|thị trấn|đặc khu)\s)/iu)) {
      const words = piece
        .replace(/^.*?\bcủa\s+/iu, '')
        .replace(/^(?:các|toàn bộ|diện tích|tự nhiên)\s+/giu, '')
        .replace(/\s+sau khi.*$/iu, '')
        .trim();
      const named = KIND.exec(words);
      if (named) kind = named[1]!;
      const name = words.replace(KIND, '').trim();
      if (!kind || !name || /phần|quy mô|diện tích|điều này|quy định/i.test(name)) continue;
      mentions.push({
        name: `${kind} ${name}`,
        district: brackets.find((inside) => DISTRICT.test(inside)),
        part: part || brackets.some((inside) => /phần/i.test(inside)),
      });
    }
  }
  return mentions;
}

const legacy = legacyUnits();
const district = new Map(
  legacy.filter(({ level }) => level === 'district').map((unit) => [unit.code, unit] as const),
);
const successor = new Map(provinceSuccession().map(({ oldCode, newCode }) => [oldCode, newCode]));
const byName = Map.groupBy(
  legacy.filter(({ level }) => level === 'commune'),
  (unit) => `${successor.get(district.get(unit.parent!)!.parent!)} ${folded(unit.fullName)}`,
);

const isCommune = (code: string) => (unit: (typeof legacy)[number]) =>
  unit.level === 'commune' && unit.code === code;
const links = new Map<string, Map<string, boolean>>();
/** Communes that an unclear name may mean too: none of them is said to have gone over whole. */
const doubtful = new Set<string>();
const counts = { mentions: 0, unknown: 0, ambiguous: 0 };
const units = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Unit[];
for (const unit of units.filter(({ magoc }) => magoc !== '0')) {
  if (/^giữ nguyên/i.test(unit.truocsapnhap ?? '') && legacy.some(isCommune(unit.ma)))
    links.set(unit.ma, new Map([[unit.ma, false]]));
  else
    for (const mention of mentionsIn(unit.truocsapnhap ?? '')) {
      counts.mentions++;
      const named = byName.get(`${unit.magoc} ${folded(mention.name)}`) ?? [];
      const there = mention.district
        ? named.filter(({ parent }) => folded(district.get(parent!)!.fullName) === folded(mention.district!))
        : named;
      const [old] = there;
      if (!old) counts.unknown++;
      else if (there.length > 1) {
        counts.ambiguous++;
        for (const { code } of there) doubtful.add(code);
      } else {
        const into = links.get(old.code) ?? new Map<string, boolean>();
        links.set(old.code, into.set(unit.ma, mention.part));
      }
    }
}

const rows = [...links].flatMap(([old, into]) =>
  [...into].map(([now, part]) =>
    [old, now, into.size > 1 || part || doubtful.has(old) ? 'part' : 'whole'].join(','),
  ),
);
writeFileSync(
  new URL('../core/vietnam/data/admin-commune-merge-2025.csv', import.meta.url),
  `old_code,new_code,extent\n${rows.sort().join('\n')}\n`,
);
const whole = rows.filter((row) => row.endsWith('whole')).length;
process.stdout.write(
  `${rows.length} rows: ${whole} communes whole, ${links.size - whole} in parts, ${legacy.filter(({ level }) => level === 'commune').length - links.size} not known; ${JSON.stringify(counts)}\n`,
);
