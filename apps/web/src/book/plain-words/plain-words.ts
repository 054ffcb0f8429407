/** A test in plain words: its everyday name, what it is about, what high and low mean, when to call for help. */
export type PlainTest = {
  name: string;
  about: string;
  high?: string;
  low?: string;
  /** Warning signs and what to do at once. */
  sign?: string;
};
