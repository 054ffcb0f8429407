export { meanwhile } from './testing/meanwhile.ts';
export { testDatabase } from './testing/test-database.ts';
export type { Prepared, TestDatabase } from './testing/test-database.ts';
export { testSecrets } from './testing/test-secrets.ts';
export { TEST_SETTINGS } from './testing/test-settings.ts';
export { previousRelease } from './testing/previous-release.ts';
export type { Before } from './testing/previous-release.ts';
