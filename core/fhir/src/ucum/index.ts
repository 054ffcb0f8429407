export {
  canonicalExact,
  type CanonicalExact,
  canonicalQuantity,
  comparable,
  convert,
  convertExact,
  isUnit,
  UCUM,
} from './canonical.ts';
