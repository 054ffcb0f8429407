export { createExchange, type ExchangeOptions } from './create-exchange.ts';
