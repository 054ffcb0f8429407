export { accessibilityFaults, openBrowser } from './testing/browser.ts';
export type { AccessibilityFault } from './testing/browser.ts';
export { hospital } from './testing/hospital.ts';
export type { Answer, Credentials, Hospital } from './testing/hospital.ts';
export { citizenAppTokens, citizenToken, staffToken } from './testing/sign-in.ts';
export { testServer } from './testing/test-server.ts';
export type { DemoFile, TestServer, TestServerOptions } from './testing/test-server.ts';
export { serverProcess } from './testing/server-process.ts';
export type { ServerProcess } from './testing/server-process.ts';
