export { smallHub, type SmallHub } from './testing/small-hub.ts';
