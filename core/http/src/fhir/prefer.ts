import type { FastifyRequest } from 'fastify';

/** What the `Prefer` header asks. Source: https://hl7.org/fhir/R4/http.html#return and #handling */
export type Preferences = {
  return: 'minimal' | 'representation' | 'OperationOutcome';
  /** Whether the request says what is to be returned. */
  isReturnSaid: boolean;
  handling: 'strict' | 'lenient';
};

const usual: Preferences = { return: 'representation', isReturnSaid: false, handling: 'strict' };

/** `return = minimal`, `return="minimal"` and `Return=minimal` are the same. Source: RFC 7240 2 */
const quotedOrSpaced = /^(\w+)\s*=\s*"?([^"]*)"?$/;

/** Preferences of the request: the whole resource back and strict handling unless told otherwise. */
export function preferencesOf(request: FastifyRequest): Preferences {
  const header = request.headers.prefer as string | string[] | undefined;
  if (header === undefined) return usual;
  const asked = String(header)
    .split(/[,;]/)
    .map((part) =>
      part
        .trim()
        .replace(quotedOrSpaced, (_, name: string, value: string) => `${name.toLowerCase()}=${value}`),
    );
  const wants = asked.find((part) => part.startsWith('return='))?.slice(7);
  return {
    return: wants === 'minimal' || wants === 'OperationOutcome' ? wants : 'representation',
    isReturnSaid: wants !== undefined,
    handling: asked.includes('handling=lenient') ? 'lenient' : 'strict',
  };
}

/** An OperationOutcome tells the warnings, too: “containing hints and warnings about the operation”. */
export const warningsOf = (request: FastifyRequest): { warnings?: true } =>
  preferencesOf(request).return === 'OperationOutcome' ? { warnings: true } : {};
