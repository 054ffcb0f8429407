export { UiRoot } from './ui-root.tsx';
export { theme } from './theme.ts';
export { BrandMark, DemoRibbon } from './brand.tsx';
export { Mark, type MarkKind } from './marks.tsx';
export {
  Button,
  EmptyState,
  ErrorState,
  Kbd,
  LoadingState,
  PartialBar,
  SourceBadge,
  StatusWord,
  type Source,
} from './blocks.tsx';
export {
  AllergyStrip,
  PatientBanner,
  useAgeWords,
  useSexWord,
  type AllergyState,
  type BannerPerson,
  type StripAllergy,
} from './patient-banner.tsx';
export { Sparkline, type ReferenceRange, type SeriesPoint } from './sparkline.tsx';
export { TrendChart, type TrendSeries } from './trend-chart.tsx';
export { isChord, isTyping, useActiveKeys, useKeys, type KeyBinding } from './keys.ts';
export { KeyFooter } from './key-footer.tsx';
export { Dialog } from './dialog.tsx';
export { DateField } from './date-field.tsx';
export {
  currentLanguage,
  defineMessages,
  LanguageSwitch,
  OtherLanguage,
  useLanguage,
  type English,
  type Language,
  type Text,
} from './language.tsx';
export {
  ageAt,
  facilityLetters,
  formatDate,
  formatDateTime,
  formatMonth,
  formatNumber,
  formatPercent,
  formatPersonNumber,
  formatTime,
  initials,
  shortFacilityName,
  todayInVietNam,
} from './format.ts';
export {
  Timeline,
  TimelineLegend,
  type TimelineEvent,
  type TimelineKind,
  type TimelineLane,
} from './timeline.tsx';
export { usePageTitle } from './page-title.ts';
