import { IconPlayerStop, IconVolume } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useScreenLock } from '../../auth/screen-lock.ts';
import { useBook, useWords } from '../book-context.tsx';

const speech = typeof window === 'undefined' ? undefined : window.speechSynthesis;

/** Reads the page's text aloud. Not drawn on a device that has no voice for the language. */
export function ReadAloud({ of }: { of: () => HTMLElement | null }) {
  const { language } = useBook();
  const t = useWords();
  const voice = useVoice(language);
  const [reading, setReading] = useState(false);
  const { locked } = useScreenLock();
  useEffect(() => {
    if (locked) speech?.cancel(); // a locked book is not heard either
    return () => speech?.cancel();
  }, [locked]);
  if (!speech || !voice) return null;
  const read = () => {
    speech.cancel();
    if (reading) {
      setReading(false);
      return;
    }
    const parts = (of()?.innerText ?? '').split(/\n+/).filter(Boolean);
    parts.forEach((part, index) => {
      const utterance = new SpeechSynthesisUtterance(part);
      utterance.voice = voice;
      utterance.lang = voice.lang;
      utterance.rate = 0.95;
      if (index === parts.length - 1) utterance.onend = () => setReading(false);
      speech.speak(utterance);
    });
    setReading(parts.length > 0);
  };
  return (
    <button type="button" className="ib" aria-label={t(reading ? 'stopReading' : 'readAloud')} onClick={read}>
      {reading ? <IconPlayerStop className="i" aria-hidden /> : <IconVolume className="i" aria-hidden />}
    </button>
  );
}

const useVoice = (language: string): SpeechSynthesisVoice | undefined => {
  const [voices, setVoices] = useState(() => speech?.getVoices() ?? []);
  useEffect(() => {
    const refresh = () => setVoices(speech?.getVoices() ?? []);
    refresh();
    speech?.addEventListener('voiceschanged', refresh);
    return () => speech?.removeEventListener('voiceschanged', refresh);
  }, []);
  return voices.find((voice) => voice.lang.toLowerCase().startsWith(language));
};
