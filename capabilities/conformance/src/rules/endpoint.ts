import type { Rule } from './rule.ts';

export const endpointRules: Readonly<Record<string, Rule>> = {};
