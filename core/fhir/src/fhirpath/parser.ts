import type { Ast, BinaryOperator, Literal, TypeName } from './ast.ts';
import { exactOf } from '../ucum/exact.ts';
import { syntaxFault } from './fault.ts';
import { type Token, tokens } from './lexer.ts';
import { calendarUnit } from './calendar-unit.ts';
import { QuantityValue } from './quantity.ts';
import { temporalOf } from './temporal.ts';

const maxLength = 64_000;
/** Deepest nesting of an expression; the longest official invariant nests 12 deep. */
const maxDepth = 200;

/** How tightly an operator binds; `is` and `as` stand between `|` and `+`. Source: https://hl7.org/fhirpath/N1/#operator-precedence */
const precedence: Record<string, number> = {
  implies: 1,
  or: 2,
  xor: 2,
  and: 3,
  in: 4,
  contains: 4,
  '=': 5,
  '~': 5,
  '!=': 5,
  '!~': 5,
  '<': 6,
  '<=': 6,
  '>': 6,
  '>=': 6,
  '|': 7,
  is: 8,
  as: 8,
  '+': 9,
  '-': 9,
  '&': 9,
  '*': 10,
  '/': 10,
  div: 10,
  mod: 10,
};
const unaryPrecedence = 11;

/** Words that are operators but may also name an element where a term must stand. */
const namesToo = new Set(['as', 'is', 'in', 'contains', 'day', 'days']);

/** Parses an expression. Throws OutcomeError 'invalid' with line and column. Source: https://hl7.org/fhirpath/N1/#grammar */
export function parse(text: string): Ast {
  if (text.length > maxLength)
    throw syntaxFault(text.slice(0, 100), 0, `an expression has at most ${maxLength} characters`);
  return new Parser(text).whole();
}

class Parser {
  readonly #text: string;
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  whole(): Ast {
    const ast = this.#expression(0);
    const token = this.#peek();
    if (token.kind !== 'end') throw this.#fault(token, `'${token.text}' is not expected here`);
    return ast;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #fault(token: Token, why: string) {
    return syntaxFault(this.#text, token.at, token.kind === 'end' ? 'the expression ends too early' : why);
  }

  #takeSymbol(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'symbol' || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #expectSymbol(text: string): void {
    if (!this.#takeSymbol(text)) throw this.#fault(this.#peek(), `expected '${text}'`);
  }

  #expression(least: number): Ast {
    if (++this.#depth > maxDepth) throw this.#fault(this.#peek(), `nested deeper than ${maxDepth} levels`);
    let left = this.#unary();
    for (let chain = 0; ; chain++) {
      const token = this.#peek();
      const binding = token.kind === 'symbol' || token.kind === 'name' ? precedence[token.text] : undefined;
      if (binding === undefined || binding <= least) break;
      if (chain > 10 * maxDepth) throw this.#fault(token, 'too many operators in a row');
      this.#at++;
      left =
        token.text === 'is' || token.text === 'as'
          ? { kind: 'type', operator: token.text, of: left, type: this.#typeName(), at: token.at }
          : {
              kind: 'binary',
              operator: token.text as BinaryOperator,
              left,
              right: this.#expression(binding),
              at: token.at,
            };
    }
    this.#depth--;
    return left;
  }

  #unary(): Ast {
    const token = this.#peek();
    if (token.kind === 'symbol' && (token.text === '-' || token.text === '+')) {
      this.#at++;
      return {
        kind: 'unary',
        operator: token.text,
        operand: this.#expression(unaryPrecedence),
        at: token.at,
      };
    }
    return this.#path();
  }

  /** A term with the invocations and indexers that follow it. */
  #path(): Ast {
    let ast = this.#term();
    for (let chain = 0; ; chain++) {
      const { at } = this.#peek();
      if (chain > 10 * maxDepth) throw this.#fault(this.#peek(), 'too many steps in a row');
      if (this.#takeSymbol('.')) {
        const token = this.#peek();
        if (token.kind === 'special') ast = this.#term();
        else if (token.kind !== 'name' && token.kind !== 'quoted-name')
          throw this.#fault(token, 'expected a name after the point');
        else {
          this.#at++;
          ast = this.#invocation(token, ast);
        }
      } else if (this.#takeSymbol('[')) {
        ast = { kind: 'index', of: ast, index: this.#expression(0), at };
        this.#expectSymbol(']');
      } else return ast;
    }
  }

  #invocation(token: Token, of?: Ast): Ast {
    const target = of ? { of } : {};
    if (token.kind !== 'quoted-name' && this.#takeSymbol('('))
      return {
        kind: 'call',
        name: token.text,
        args: this.#args(token.text === 'sort'),
        ...target,
        at: token.at,
      };
    return { kind: 'name', name: token.text, ...target, at: token.at };
  }

  #args(directed: boolean): Ast[] {
    const args: Ast[] = [];
    if (this.#takeSymbol(')')) return args;
    do args.push(directed ? this.#directed() : this.#expression(0));
    while (this.#takeSymbol(','));
    this.#expectSymbol(')');
    return args;
  }

  /** A key of sort() with `asc` or `desc`; descending reads as a minus before it. */
  #directed(): Ast {
    const key = this.#expression(0);
    const token = this.#peek();
    if (token.kind !== 'name' || (token.text !== 'asc' && token.text !== 'desc')) return key;
    this.#at++;
    return token.text === 'asc' ? key : { kind: 'unary', operator: '-', operand: key, at: token.at };
  }

  #term(): Ast {
    const token = this.#peek();
    const { at, text } = token;
    this.#at++;
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: text, at };
      case 'number':
        return { kind: 'literal', value: this.#number(token), at };
      case 'temporal':
        return { kind: 'literal', value: this.#temporal(token), at };
      case 'special':
        return { kind: 'special', name: text as '$this', at };
      case 'variable':
        return { kind: 'variable', name: text, at };
      case 'quoted-name':
        return this.#invocation(token);
      case 'name':
        if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', at };
        if (precedence[text] === undefined || namesToo.has(text)) return this.#invocation(token);
        break;
      case 'symbol':
        if (text === '(') {
          const inner = this.#expression(0);
          this.#expectSymbol(')');
          return inner;
        }
        if (text === '{') {
          this.#expectSymbol('}');
          return { kind: 'empty', at };
        }
    }
    this.#at--;
    throw this.#fault(token, `expected a value, found '${text}'`);
  }

  /** A number, or the Quantity that it makes with the unit after it. */
  #number(token: Token): Literal {
    const value = exactOf(token.text);
    if (!value) throw this.#fault(token, 'a number has at most 400 digits');
    const next = this.#peek();
    if (next.kind === 'string') {
      this.#at++;
      return new QuantityValue(value, next.text);
    }
    if (next.kind === 'name' && calendarUnit(next.text) !== undefined) {
      this.#at++;
      return new QuantityValue(value, next.text, true);
    }
    return token.text.includes('.') || !Number.isSafeInteger(Number(token.text)) ? value : Number(token.text);
  }

  #temporal(token: Token): Literal {
    const text = token.text.slice(1);
    const kind = text.startsWith('T') ? 'time' : text.includes('T') ? 'dateTime' : 'date';
    const value = temporalOf(text.startsWith('T') ? text.slice(1) : text, kind);
    if (!value) throw this.#fault(token, `'${token.text}' is no date or time that exists`);
    return value;
  }

  #typeName(): TypeName {
    const first = this.#name();
    return this.#takeSymbol('.') ? { namespace: first, name: this.#name() } : { name: first };
  }

  #name(): string {
    const token = this.#peek();
    if (token.kind !== 'name' && token.kind !== 'quoted-name')
      throw this.#fault(token, 'expected the name of a type');
    this.#at++;
    return token.text;
  }
}
