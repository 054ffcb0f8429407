import type { Caller } from '@yba/fhir';
import { bindsAnyone, citizenRule, type Ground, type Verdict } from './evaluate.ts';
import { classesOf, type Rules, type Words } from './rules.ts';

/** What a look rested on, in the words the person concerned reads and the one who looks is told. */
export const GROUND_WORDS: Readonly<
  Record<Exclude<Ground['kind'], 'opening' | 'emergency'> | 'own' | 'guardian', Words>
> = {
  self: { vi: 'Chính chủ xem', en: 'The person themself' },
  guardian: { vi: 'Cha mẹ, người giám hộ xem', en: 'A parent or guardian' },
  delegation: { vi: 'Người được chính chủ ủy quyền xem', en: 'Somebody the person lets see the record' },
  own: { vi: 'Hồ sơ của chính cơ sở này', en: 'Records of this facility itself' },
  encounter: { vi: 'Đang khám, điều trị tại cơ sở này', en: 'In care at this facility now' },
  appointment: { vi: 'Có lịch hẹn tại cơ sở này', en: 'Has an appointment at this facility' },
  referral: { vi: 'Được chuyển đến cơ sở này', en: 'Referred to this facility' },
  'care-team': { vi: 'Thuộc nhóm điều trị của người bệnh', en: 'A member of the care team' },
  share: { vi: 'Người bệnh cho xem bằng mã chia sẻ', en: 'The person shared it by a code' },
};

/** One ground in a sentence's part: with its purpose and its end. */
function groundWords(rules: Rules, { kind, purpose, until, directive }: Ground): Words {
  const end = until
    ? { vi: ` đến ${vietnamTime(until)}`, en: ` until ${vietnamTime(until)}` }
    : { vi: '', en: '' };
  if (kind === 'opening' || kind === 'emergency') {
    const known = rules.purposes[purpose ?? ''];
    const [vi, en] = [known?.vi ?? purpose ?? '', known?.en ?? purpose ?? ''];
    return { vi: `Mở hồ sơ để ${vi}${end.vi}`, en: `Opened for ${en}${end.en}` };
  }
  const words =
    kind === 'delegation' && directive?.relation === 'guardian' ? GROUND_WORDS.guardian : GROUND_WORDS[kind];
  return { vi: words.vi + end.vi, en: words.en + end.en };
}

/** “Why can I see this?”: the grounds, what is shown and kept back besides, and the version that decided. */
export function whyWords(rules: Rules, caller: Caller, verdict: Verdict, isOwn: boolean): Words {
  const grounds = verdict.grounds.map((ground) => groundWords(rules, ground));
  if (grounds.length === 0 && isOwn) grounds.push(GROUND_WORDS.own);
  const parts: Words[] = [joined(unique(grounds))];
  const shown = classesOf(verdict.shows).map((name) => rules.sensitivity[name]);
  if (verdict.grounds[0]?.kind === 'self' && citizenRule(rules, caller).read !== 'all')
    parts.push({
      vi: 'Tài khoản VNeID mức 1 chỉ xem được một phần; mức 2 (làm trực tiếp tại công an) xem được toàn bộ hồ sơ',
      en: 'A VNeID account of level 1 sees a part of it; level 2, got in person at the police, sees the whole record',
    });
  else if (verdict.grounds[0]?.kind === 'self')
    parts.push({ vi: 'Bạn xem được toàn bộ hồ sơ của mình', en: 'You see your whole record' });
  else if (shown.length > 0)
    parts.push({
      vi: `Thấy cả dữ liệu nhạy cảm: ${shown.map(({ vi }) => vi).join(', ')}`,
      en: `Sensitive data is shown too: ${shown.map(({ en }) => en).join(', ')}`,
    });
  else if (caller.role !== 'citizen' && verdict.grounds.length > 0)
    parts.push({
      vi: 'Dữ liệu nhạy cảm của cơ sở khác không hiển thị',
      en: 'Sensitive data of other facilities is not shown',
    });
  if (verdict.refusals.some((refusal) => bindsAnyone(refusal, caller)))
    parts.push({
      vi: 'Hồ sơ của cơ sở khác chỉ mở khi phần mềm chứng minh được ai đang xem',
      en: 'Records of other facilities open when the software proves who is at the screen',
    });
  else if (verdict.overridden.length > 0)
    parts.push({
      vi: 'Người bệnh đã từ chối chia sẻ; quyền xem này vượt lên từ chối đó và được xem xét lại',
      en: 'The person had refused to share; this access overrides it and is reviewed',
    });
  else if (verdict.hides.types.length > 0 || verdict.hides.classes > 0 || verdict.onlyTypes)
    parts.push({
      vi: 'Một số dữ liệu không hiển thị theo quyết định của người bệnh',
      en: 'Some data is kept back as the person decided',
    });
  return joined(parts, `Chính sách phiên bản ${rules.version}`, `Policy version ${rules.version}`);
}

function joined(parts: readonly Words[], ...more: [vi: string, en: string] | []): Words {
  const [vi, en] = more;
  return {
    vi: [...parts.map((part) => part.vi), ...(vi ? [vi] : [])].join('. '),
    en: [...parts.map((part) => part.en), ...(en ? [en] : [])].join('. '),
  };
}

const unique = (words: readonly Words[]) => [...new Map(words.map((one) => [one.vi, one])).values()];

const time = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Ho_Chi_Minh',
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

export const vietnamTime = (instant: string) => time.format(new Date(instant)).replace(',', '');
