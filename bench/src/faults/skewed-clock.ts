import { ServerResponse } from 'node:http';

/**
 * Sets the clock of the process that imports it: `node --import 'file://…/skewed-clock.ts?ms=3600000'` runs an hour ahead,
 * and says so in the Date of its answers. Timers and the monotonic clock are not touched, as with a wrongly set clock of a machine.
 */
const ms = Number(new URL(import.meta.url).searchParams.get('ms') ?? 0);
const RealDate = Date;

class SkewedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(RealDate.now() + ms);
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + ms;
  }
}

globalThis.Date = SkewedDate as DateConstructor;

const { writeHead } = ServerResponse.prototype;
ServerResponse.prototype.writeHead = function (this: ServerResponse, ...given: never[]) {
  if (!this.hasHeader('date')) this.setHeader('date', new Date().toUTCString()); // Node.js asks a clock of its own
  return writeHead.apply(this, given as never);
} as typeof writeHead;
