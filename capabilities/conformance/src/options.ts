import type { Lists } from './lists/read-lists.ts';

/** How files are to be looked at. */
export type CheckOptions = {
  /** The sender's 5-character code, which everything in the files has to name; any one when absent. */
  facility?: string | undefined;
  /** Shows values as they are; else by their shape. */
  showValues?: boolean | undefined;
  /** Lists of codes that the operator has. */
  lists?: Lists | undefined;
};

/** What is remembered from one file of a delivery to the next. */
export type Seen = {
  /** Where each key of a visit (MACSKCB and MA_LK) stood first. */
  visits: Map<string, string>;
  /** Where each control id of a message stood first. */
  messages: Map<string, string>;
};

export const nothingSeen = (): Seen => ({ visits: new Map(), messages: new Map() });
