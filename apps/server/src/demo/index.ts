export type { DemoClient, DemoFile, DemoPersona } from './demo-file.ts';
export { type DemoOptions, loadDemo } from './load-demo.ts';
export type { StoreAt } from './load-visits.ts';
export { roleName, signInList } from './sign-ins.ts';
