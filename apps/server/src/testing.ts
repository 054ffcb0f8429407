export { accessibilityFaults, openBrowser } from './testing/browser.ts';
export type { AccessibilityFault } from './testing/browser.ts';
