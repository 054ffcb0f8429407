import { outcomeError } from '../outcome.ts';

/**
 * The parameters of a query, in the order they stand. Throws `invalid`, which names the parameter, and the element `where` of a
 * resource it stands in, for percent-encoding that is none or no UTF-8: read leniently it would ask for another text.
 * Source: RFC 3986 2.5
 */
export function readQuery(text: string, where?: () => string): URLSearchParams {
  if (!text.includes('%') || isDecodable(text)) return new URLSearchParams(text);
  const [name = ''] = text
    .split('&')
    .find((part) => !isDecodable(part))!
    .split('=');
  const said = isDecodable(name) ? decodeURIComponent(name) : name;
  throw outcomeError(
    'invalid',
    `The parameter “${said}” is not UTF-8 in percent-encoding; write Nguyễn as Nguy%E1%BB%85n, and % itself as %25`,
    where?.() ?? said,
  );
}

/**
 * The parameters of a condition on a type, which may stand behind it (`Patient?identifier=…`) or begin with `?`. Throws
 * `invalid` where they stand behind another type: what is asked of a Patient would be asked of something else.
 */
export function readCondition(text: string, type: string, where?: () => string): URLSearchParams {
  const [before = '', path = ''] = /^([^?=]*)\?/.exec(text) ?? [];
  const named = path.slice(path.lastIndexOf('/') + 1);
  if (named === '' || named === type) return readQuery(text.slice(before.length), where);
  throw outcomeError(
    'invalid',
    `The condition is on ${named}, the resource a ${type}; name ${type}, or the parameters alone`,
    where?.(),
  );
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
