import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceTypes } from '../model/model.ts';
import { compilePath, type Route } from '../path/compile-path.ts';
import { PathNotUnderstood } from '../path/parse-path.ts';
import { searchParameters } from './search-parameters.ts';
import { isTextToken } from './text-token.ts';

/** None of an expression that the FHIRPath engine evaluates. */
function routesOf(expression: string, type: string): readonly Route[] {
  try {
    return compilePath(expression, type);
  } catch (error) {
    if (error instanceof PathNotUnderstood) return [];
    throw error;
  }
}

test('tokens of text are those of R4 whose elements are strings', () => {
  const others: string[] = [];
  for (const type of resourceTypes)
    for (const param of searchParameters(type)) {
      if (param.type !== 'token' || !param.expression) continue;
      const leads = routesOf(param.expression, type).some((route) => route.type === 'string');
      if (leads !== isTextToken(param)) others.push(`${type}.${param.code}`);
    }
  assert.deepEqual(others, ['StructureDefinition.base-path', 'StructureDefinition.path']);
});
