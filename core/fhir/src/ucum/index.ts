export {
  canonicalExact,
  type CanonicalExact,
  canonicalQuantity,
  comparable,
  convert,
  convertExact,
} from './canonical.ts';
