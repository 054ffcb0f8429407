export type { DemoFile } from './demo-file.ts';
export { loadDemo } from './load-demo.ts';
export type { StoreAt } from './load-visits.ts';
export { signInList } from './sign-ins.ts';
