import i18next from 'i18next';
import { useEffect } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';

/** The languages of the screens; Vietnamese is the default. */
export type Language = 'vi' | 'en';

const KEPT = 'yba.language';

function keptLanguage(): Language {
  try {
    return localStorage.getItem(KEPT) === 'en' ? 'en' : 'vi';
  } catch {
    return 'vi';
  }
}

void i18next.use(initReactI18next).init({
  lng: keptLanguage(),
  fallbackLng: 'vi',
  resources: {},
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
  showSupportNotice: false,
} as Parameters<typeof i18next.init>[0]);

/** Gives the sentence of a key in the chosen language; `{{name}}` in it is replaced by `values.name`. */
export type Text<Key extends string> = (key: Key, values?: Record<string, string | number>) => string;

/** The English words of the keys; `days_one` beside `days` says it of one, as i18next finds it by `count`. */
export type English<Vi> = Record<keyof Vi, string> & {
  readonly [Key in keyof Vi & string as `${Key}_one`]?: string;
};

/**
 * Registers one area's message files and gives its typed readers: `useText` for components (follows a change of
 * language) and `text` for anything else. The compiler refuses a key that one language lacks.
 */
export function defineMessages<Key extends string>(
  area: string,
  messages: { vi: Record<Key, string>; en: Record<NoInfer<Key>, string> },
): { useText: () => Text<Key>; text: Text<Key> } {
  i18next.addResourceBundle('vi', area, messages.vi, false, true);
  i18next.addResourceBundle('en', area, messages.en, false, true);
  const say = (language: string, key: string, values?: Record<string, string | number>): string =>
    String(i18next.getFixedT(language, area)(key as never, (values ?? {}) as never));
  return {
    useText: () => {
      const { i18n } = useTranslation();
      return (key, values) => say(i18n.language, key, values);
    },
    text: (key, values) => say(i18next.language, key, values),
  };
}

/** The language in use now, outside components. */
export function currentLanguage(): Language {
  return i18next.language === 'en' ? 'en' : 'vi';
}

/** The language in use and the way to change it; the choice is kept on this machine. */
export function useLanguage(): { language: Language; setLanguage: (language: Language) => void } {
  const { i18n } = useTranslation();
  const language: Language = i18n.language === 'en' ? 'en' : 'vi';
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return {
    language,
    setLanguage: (next) => {
      try {
        localStorage.setItem(KEPT, next);
      } catch {
        // a browser without storage keeps the choice for this page only
      }
      void i18n.changeLanguage(next);
    },
  };
}

const NAMES: Record<Language, string> = { vi: 'Tiếng Việt', en: 'English' };

/** "Tiếng Việt · English": the language in use is bold, the other one is a tap away. */
export function LanguageSwitch({ className }: { className?: string }) {
  const { language, setLanguage } = useLanguage();
  return (
    <div className={`lang ${className ?? ''}`} role="group" aria-label="Ngôn ngữ / Language">
      {(['vi', 'en'] as const).map((one) => (
        <button
          key={one}
          type="button"
          lang={one}
          aria-pressed={one === language}
          onClick={() => setLanguage(one)}
        >
          {NAMES[one]}
        </button>
      ))}
    </div>
  );
}

/** The other language, a tap away where there is no room for both names: "EN" or "VI", read out in full. */
export function OtherLanguage() {
  const { language, setLanguage } = useLanguage();
  const other = language === 'vi' ? 'en' : 'vi';
  return (
    <button
      type="button"
      className="ib tongue"
      lang={other}
      title={NAMES[other]}
      onClick={() => setLanguage(other)}
    >
      <span aria-hidden="true">{other.toUpperCase()}</span>
      <span className="vh">{NAMES[other]}</span>
    </button>
  );
}
