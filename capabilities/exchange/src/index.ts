export { createExchange } from './create-exchange.ts';
export type { Desk } from './desk.ts';
