/** What tests look at in an answer, whatever resource it is. */
export type Shown = {
  resourceType?: string;
  id?: string;
  type?: string;
  total?: number;
  meta?: { versionId?: string; source?: string };
  extension?: { url: string; valueCode?: string }[];
  entry?: ShownEntry[];
  issue?: { severity: string; code: string; diagnostics?: string; expression?: string[] }[];
  parameter?: { name: string; valueString?: string; valueCode?: string; part?: Shown['parameter'] }[];
  [element: string]: unknown;
};

export type ShownEntry = {
  fullUrl?: string;
  resource?: Shown;
  search?: { mode: string };
  response?: { status: string; location?: string; outcome?: Shown };
};

/** One answer, its body parsed when it is JSON. */
export type Answer = { status: number; headers: Headers; body: Shown; text: string };

/** A client of the FHIR API that holds one token. */
export type FhirClient = {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  send(method: string, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
};

/** Speaks to `<url>/fhir` with a token, in FHIR's JSON unless told; bodies that are strings are sent as they are. */
export function fhirClient(url: string, token: string): FhirClient {
  const call = async (
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(`${url}/fhir${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/fhir+json',
        'content-type': 'application/fhir+json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text.startsWith('{') ? (JSON.parse(text) as Shown) : {},
    };
  };
  return {
    get: (path, headers) => call('GET', path, undefined, headers),
    send: call,
  };
}
