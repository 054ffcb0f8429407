export { acknowledge, type Acknowledgement, type AcknowledgementCode } from './acknowledge.ts';
export { encodeMessage, type Field, type SegmentFields } from './encode-message.ts';
export { escapeText, type Separators, STANDARD_SEPARATORS, unescape } from './escape.ts';
export { type ErrorCode, Hl7v2Error, type Place, placeText } from './hl7v2-error.ts';
export { fhirDate, fhirDateTime, VIETNAM_OFFSET } from './hl7-time.ts';
export { type Header, type Message, parseMessage, type Segment } from './message.ts';
export { frameMllp, MllpDecoder, MllpError } from './mllp.ts';
