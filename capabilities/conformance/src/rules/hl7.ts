import type { Rule } from './rule.ts';

export const hl7Rules: Readonly<Record<string, Rule>> = {};
