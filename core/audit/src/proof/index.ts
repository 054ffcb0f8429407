// What anybody needs to check the log, in the browser as in Node: nothing in here knows the server.
export { BASIS_WORDS } from './basis-words.ts';
export { canonicalJson } from './canonical-json.ts';
export {
  keyId,
  readCheckpoint,
  readVerifier,
  verifyCheckpoint,
  type Checkpoint,
  type Verifier,
} from './checkpoint.ts';
export {
  agentDigest,
  agentText,
  entryText,
  readEntry,
  reasonDigest,
  type LogEntry,
  type Told,
} from './entry.ts';
export { fromBase64, isSame, toHex } from './hash.ts';
export { hashesOf, leafHash, nodeHash, verifyConsistency, verifyInclusion } from './merkle.ts';
