import { Decimal } from './decimal.ts';

/** What a text may be refused for; where and why is found by a second look. */
export type Refusal = 'syntax' | 'depth' | 'duplicate-name' | 'values';

/** Thrown by a reader; caught by parseJson. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** From how many names on an object is a table to V8, and each further name takes as much memory as so many values. */
const WIDE_NAMES = 1_000;
const WIDE_NAME_VALUES = 8;

/** More than any text can hold. */
const ANY = 2 ** 30;

const controls = /[\u0000-\u001f]/; // oxlint-disable-line no-control-regex -- JSON forbids them in strings
/** What a string cannot be taken over with as it stands: control characters, escapes, and in bytes all beyond ASCII. */
const specialInText = /[\u0000-\u001f\\]/g; // oxlint-disable-line no-control-regex -- the same
const specialInBytes = /[\u0000-\u001f\\\u0080-\u00ff]/g; // oxlint-disable-line no-control-regex -- the same
const beyondAscii = /[\u0080-\u00ff]/;
const escapes = /^(?:[^\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*$/;
const grammar = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** What may be a name of FHIR, and no more than a name: only such are kept. */
const nameMet = /^[A-Za-z_]{1,40}$/;

/**
 * Names of properties met before, each at the place that its length and three of its letters tell, the latest where two
 * meet. An object takes a name that is a key already as it is; any other string is looked up among all keys first, which
 * together with cutting it out took a fifth of the reading.
 */
const namesMet: string[] = Array<string>(1024).fill('');

function placeOf(text: string, start: number, end: number): number {
  const length = end - start;
  const letters =
    text.charCodeAt(start) * 31 + text.charCodeAt(end - 1) * 7 + text.charCodeAt(start + (length >> 1)) * 131;
  return (length + letters) & (namesMet.length - 1);
}

/** The same name as the string that objects hold as their key. */
function asKey(name: string): string {
  return Object.keys({ [name]: 0 })[0]!;
}

/**
 * Reads a JSON text in one pass: numbers whose digits a JavaScript number would not keep become Decimal, depth is
 * bounded, and a name may stand once in an object. A resource takes about as long as with `JSON.parse`, which leaves
 * all three to walks over what it made (measured: 9 µs against 25 µs). Of bytes in UTF-8, every byte is read as one
 * character, and a string that has some beyond ASCII is decoded by itself: names, codes and addresses, which have none,
 * take half the room. Source: https://www.rfc-editor.org/rfc/rfc8259
 */
export class JsonReader {
  readonly #text: string;
  readonly #bytes: Buffer | undefined;
  readonly #special: RegExp;
  #levels: number;
  #valuesLeft: number;
  #at = 0;
  /** The first special character from where it was last looked for. */
  #nextSpecial = -1;

  /** `maxValues`: how many objects, lists, texts, numbers and words it may hold, each one of them. */
  constructor(source: string | Buffer, maxDepth: number, maxValues = ANY) {
    const isText = typeof source === 'string';
    this.#text = isText ? source : source.toString('latin1');
    this.#bytes = isText ? undefined : source;
    this.#special = isText ? specialInText : specialInBytes;
    this.#levels = maxDepth;
    this.#valuesLeft = maxValues;
  }

  /** The one value of the text. Throws Refused. */
  read(): unknown {
    const value = this.#value(this.#skip());
    this.#skip();
    if (this.#at < this.#text.length) throw new Refused('syntax');
    return value;
  }

  /** Passes white space; answers the code of the character that follows, NaN at the end. */
  #skip(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 32 || code === 10 || code === 13 || code === 9) code = this.#text.charCodeAt(++this.#at);
    return code;
  }

  #value(code: number): unknown {
    if (this.#valuesLeft-- <= 0) throw new Refused('values');
    switch (code) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
        return this.#object();
      case OPEN_LIST:
        return this.#list();
      case 116:
        return this.#word('true', true);
      case 102:
        return this.#word('false', false);
      case 110:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(): Record<string, unknown> {
    if (this.#levels-- === 0) throw new Refused('depth');
    const object: Record<string, unknown> = {};
    this.#at++;
    let code = this.#skip();
    if (code !== CLOSE_OBJECT) {
      for (let names = 0; ; names++) {
        if (names >= WIDE_NAMES) this.#valuesLeft -= WIDE_NAME_VALUES;
        if (code !== QUOTE) throw new Refused('syntax');
        const name = this.#name();
        if (this.#skip() !== 58) throw new Refused('syntax');
        this.#at++;
        if (object[name] !== undefined && Object.hasOwn(object, name)) throw new Refused('duplicate-name');
        const value = this.#value(this.#skip());
        if (name === '__proto__')
          Object.defineProperty(object, name, {
            value,
            enumerable: true,
            writable: true,
            configurable: true,
          });
        else object[name] = value;
        code = this.#skip();
        if (code === CLOSE_OBJECT) break;
        if (code !== COMMA) throw new Refused('syntax');
        this.#at++;
        code = this.#skip();
      }
    }
    this.#at++;
    this.#levels++;
    return object;
  }

  #list(): unknown[] {
    if (this.#levels-- === 0) throw new Refused('depth');
    this.#at++;
    let code = this.#skip();
    // most lists of FHIR hold one; pushed into an empty one it would take the room of seventeen
    const list = code === CLOSE_LIST ? [] : [this.#value(code)];
    if (list.length > 0) code = this.#skip();
    while (code !== CLOSE_LIST) {
      if (code !== COMMA) throw new Refused('syntax');
      this.#at++;
      list.push(this.#value(this.#skip()));
      code = this.#skip();
    }
    this.#at++;
    this.#levels++;
    return list;
  }

  /** The name of a property. What stands up to the next quote is a name met before, or is read as any string. */
  #name(): string {
    const text = this.#text;
    const start = this.#at + 1;
    const end = text.indexOf('"', start);
    const known = namesMet[placeOf(text, start, end)]!;
    if (known.length === end - start && text.startsWith(known, start)) {
      this.#at = end + 1;
      return known;
    }
    const name = this.#string();
    if (nameMet.test(name)) namesMet[placeOf(name, 0, name.length)] = asKey(name);
    return name;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let end = text.indexOf('"', start);
    while (end > 0 && text.charCodeAt(end - 1) === BACKSLASH) {
      let before = end - 1;
      while (text.charCodeAt(before - 1) === BACKSLASH) before--;
      if ((end - before) % 2 === 0) break; // the backslashes escape one another
      end = text.indexOf('"', end + 1);
    }
    if (end < 0) throw new Refused('syntax');
    this.#at = end + 1;
    const content = text.slice(start, end);
    if (this.#isPlain(start, end)) return content;
    if (controls.test(content)) throw new Refused('syntax');
    const decoded =
      this.#bytes && beyondAscii.test(content) ? this.#bytes.toString('utf8', start, end) : content;
    if (!decoded.includes('\\')) return decoded;
    if (!escapes.test(decoded)) throw new Refused('syntax');
    return JSON.parse(`"${decoded}"`) as string;
  }

  /** Whether what stands there holds no special character. The whole text is searched for them once, bit by bit. */
  #isPlain(start: number, end: number): boolean {
    if (this.#nextSpecial < start) {
      this.#special.lastIndex = start;
      this.#nextSpecial = this.#special.test(this.#text) ? this.#special.lastIndex - 1 : this.#text.length;
    }
    return this.#nextSpecial >= end;
  }

  #number(): number | Decimal {
    const text = this.#text;
    const start = this.#at;
    let code = text.charCodeAt(start);
    // digits, + - . e E
    while (
      (code >= 48 && code <= 57) ||
      code === 45 ||
      code === 46 ||
      code === 43 ||
      code === 101 ||
      code === 69
    )
      code = text.charCodeAt(++this.#at);
    const digits = text.slice(start, this.#at);
    const number = Number(digits);
    if (digits !== '' && String(number) === digits) return number;
    if (!grammar.test(digits)) throw new Refused('syntax');
    return new Decimal(digits);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new Refused('syntax');
    this.#at += word.length;
    return value;
  }
}
