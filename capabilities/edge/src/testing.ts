export { smallHub, type SmallHub } from './testing/small-hub.ts';
export { messageId } from './intake/message-bundle.ts';
