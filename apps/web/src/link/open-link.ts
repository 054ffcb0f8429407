import { compactDecrypt } from 'jose';

/** What a `shlink:/` says. Source: https://hl7.org/fhir/uv/smart-health-cards-and-links/links-specification.html */
export type LinkPayload = { url: string; key: string };

/** The payload in the part of an address behind `#`; undefined when there is none that can be read. */
export function payloadIn(hash: string): LinkPayload | undefined {
  const text = /shlink:\/([A-Za-z0-9_-]+)/.exec(hash)?.[1];
  if (!text) return undefined;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    );
    const { url, key } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<LinkPayload>;
    // the key goes nowhere, and the passcode only to the server that made the link
    return url && key && new URL(url).origin === location.origin ? { url, key } : undefined;
  } catch {
    return undefined;
  }
}

export type Outcome = { summary: Summary } | { left: number } | 'gone' | 'failed';

export type Summary = {
  timestamp?: string;
  entry: {
    resource: {
      resourceType: string;
      name?: { text?: string }[];
      birthDate?: string;
      title?: string;
      text?: { div?: string };
      section?: { title: string; text?: { div?: string } }[];
    };
  }[];
};

/** Asks for the file with the passcode and decrypts it here. */
export async function openLink(
  { url, key }: LinkPayload,
  recipient: string,
  passcode: string,
): Promise<Outcome> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ recipient, passcode }),
    });
    if (answer.status === 401)
      return { left: ((await answer.json()) as { remainingAttempts: number }).remainingAttempts };
    if (answer.status === 404) return 'gone';
    if (!answer.ok) return 'failed';
    const { files } = (await answer.json()) as { files: [{ embedded: string }] };
    const secret = Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    );
    const { plaintext } = await compactDecrypt(files[0].embedded, secret);
    return { summary: JSON.parse(new TextDecoder().decode(plaintext)) as Summary };
  } catch {
    return 'failed';
  }
}

/** The lines of a narrative, as words: what a record says is never drawn as markup. */
export function linesOf(div: string | undefined): string[] {
  if (!div) return [];
  const page = new DOMParser().parseFromString(div, 'text/html');
  return [...page.querySelectorAll('p')].map((one) => one.textContent ?? '').filter(Boolean);
}
