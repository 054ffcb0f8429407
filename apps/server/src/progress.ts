/** Tells what is going on, with the seconds since the start of the command. */
export type Progress = (text: string) => void;

const LINE_MS = 1_000;

/**
 * Progress on a stream. Counters ("demo 20/500 persons") are rewritten in place on a terminal, and
 * elsewhere told at most once a second.
 */
export function progressOn(
  stream: NodeJS.WriteStream | { isTTY?: boolean; write(text: string): unknown },
): Progress {
  const started = Date.now();
  let last = { shape: '', at: 0 };
  let open = false;
  return (text) => {
    const shape = text.replaceAll(/\d+/g, '#');
    const counter = shape === last.shape && shape !== text;
    if (counter && !stream.isTTY && Date.now() - last.at < LINE_MS) return;
    const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(5);
    const before = counter && open ? '\r\u001b[2K' : open ? '\n' : '';
    open = Boolean(stream.isTTY) && shape !== text;
    stream.write(`${before}${seconds} s  ${text}${open ? '' : '\n'}`);
    last = { shape, at: Date.now() };
  };
}

const SILENCE_MS = 4_000;

/** Runs work that tells its progress; while it has nothing to tell, its last word is repeated with the seconds it takes. */
export async function telling<T>(progress: Progress, work: (progress: Progress) => Promise<T>): Promise<T> {
  let last = { text: '', at: Date.now() };
  const tell: Progress = (text) => {
    last = { text, at: Date.now() };
    progress(text);
  };
  const timer = setInterval(() => {
    const silentMs = Date.now() - last.at;
    if (silentMs > SILENCE_MS) progress(`${last.text} … ${Math.round(silentMs / 1000)} s`);
  }, SILENCE_MS);
  try {
    return await work(tell);
  } finally {
    clearInterval(timer);
  }
}
