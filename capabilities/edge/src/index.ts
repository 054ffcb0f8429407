export { startEdge, type Edge, type EdgeOptions } from './edge.ts';
export { enrol } from './hub/enrol.ts';
export { edgeAddress } from './status/edge-address.ts';
export { tryHl7v2 } from './intake/take-hl7v2.ts';
export { makeTwinCode } from './twin/twin-code.ts';
export { makeSenderToken, removeSender } from './intake/sign-in.ts';
