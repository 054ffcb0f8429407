export { canonicalExact, canonicalQuantity, comparable, convert, type CanonicalExact } from './canonical.ts';
