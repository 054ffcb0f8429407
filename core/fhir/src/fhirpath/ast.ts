import type { Exact } from '../ucum/exact.ts';
import type { QuantityValue } from './quantity.ts';
import type { Temporal } from './temporal.ts';

export type Literal = string | number | boolean | Exact | Temporal | QuantityValue;

export type BinaryOperator =
  | 'implies'
  | 'or'
  | 'xor'
  | 'and'
  | 'in'
  | 'contains'
  | '='
  | '!='
  | '~'
  | '!~'
  | '<'
  | '<='
  | '>'
  | '>='
  | '|'
  | '+'
  | '-'
  | '&'
  | '*'
  | '/'
  | 'div'
  | 'mod';

/** `System.String`, `FHIR.Patient`, or a name alone. */
export type TypeName = { namespace?: string; name: string };

/** A parsed expression; `at` is the offset in its text. */
export type Ast = { at: number } & (
  | { kind: 'literal'; value: Literal }
  | { kind: 'empty' }
  | { kind: 'special'; name: '$this' | '$index' | '$total' }
  | { kind: 'variable'; name: string }
  | { kind: 'name'; name: string; of?: Ast }
  | { kind: 'call'; name: string; args: Ast[]; of?: Ast }
  | { kind: 'index'; of: Ast; index: Ast }
  | { kind: 'unary'; operator: '+' | '-'; operand: Ast }
  | { kind: 'binary'; operator: BinaryOperator; left: Ast; right: Ast }
  | { kind: 'type'; operator: 'is' | 'as'; of: Ast; type: TypeName }
);

export type Call = Extract<Ast, { kind: 'call' }>;
