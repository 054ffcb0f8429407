/**
 * How often a caller may ask who somebody is, by whichever operation: finding is not opening, and person after person cannot be
 * asked for. `Patient/{id}/$identify` is one of them: it tells whether a number is known.
 */
export const WHO_IS_LIMIT = { perMinute: 600, burst: 300, with: 'who-is' };
