// What a test file that runs beside others imports as node:test: the same, said within the suite of the file.
import * as node from 'node:test';
import { scope } from './scope.ts';

export const test = scope.speaking(node.test);
export const describe = scope.speaking(node.describe);
export const before = scope.speaking(node.before);
export const after = scope.speaking(node.after);
export const beforeEach = scope.speaking(node.beforeEach);
export const afterEach = scope.speaking(node.afterEach);
