import { currentSession } from '../../auth/session.ts';
import { FhirError } from '../../fhir/client.ts';
import type { Attachment } from '../record/fhir.ts';

/** Kinds a browser shows without running anything in them; the rest is saved as a file. */
const shown = ['application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'text/plain'];

/**
 * Opens an attachment in a new tab, or saves it when a browser could run what is inside. The bytes are those in the
 * resource, else those at its address on this server. Throws FhirError.
 */
export const openAttachment = async (attachment: Attachment, title: string): Promise<void> => {
  const type = attachment.contentType?.split(';')[0]?.trim() ?? 'application/octet-stream';
  const bytes =
    attachment.data === undefined ? await download(attachment.url ?? '') : decode(attachment.data);
  const safe = shown.includes(type);
  const withCharset = type === 'text/plain' ? 'text/plain;charset=utf-8' : type;
  const address = URL.createObjectURL(
    new Blob([bytes], { type: safe ? withCharset : 'application/octet-stream' }),
  );
  const link = document.createElement('a');
  link.href = address;
  if (safe) link.target = '_blank';
  else link.download = title || 'tep';
  link.rel = 'noopener';
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

const decode = (base64: string): ArrayBuffer => {
  const text = atob(base64.replace(/\s/g, ''));
  return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
};

const download = async (url: string): Promise<ArrayBuffer> => {
  const address = new URL(url, `${location.origin}/fhir/`);
  if (address.origin !== location.origin) throw new FhirError(404);
  const token = currentSession()?.accessToken;
  const response = await fetch(address, {
    headers: {
      accept: 'application/octet-stream, */*;q=0.8',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
  }).catch(() => {
    throw new FhirError(0);
  });
  if (!response.ok) throw new FhirError(response.status);
  // a Binary comes as what it holds, which may itself be JSON
  if (!response.headers.get('content-type')?.includes('fhir+json')) return response.arrayBuffer();
  const resource = (await response.json()) as { resourceType?: string; data?: string };
  if (resource.resourceType !== 'Binary' || resource.data === undefined) throw new FhirError(404);
  return decode(resource.data);
};
