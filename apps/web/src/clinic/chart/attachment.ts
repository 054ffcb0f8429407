import { fhir } from '../../fhir/client.ts';
import type { Attachment, Binary } from '../../fhir/types.ts';

/** An attachment ready to be shown: text, a table of an XML dossier, or a file to draw by its type. */
export type ShownAttachment =
  | { kind: 'text'; text: string }
  | { kind: 'table'; columns: string[]; rows: string[][] }
  | { kind: 'file'; url: string; type: string };

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64.replace(/\s/g, ''));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** The rows of an XML table as cells: every element that has leaf children is a row. Undefined when it is not XML, or has no rows. */
export function xmlTable(text: string): { columns: string[]; rows: string[][] } | undefined {
  const parsed = new DOMParser().parseFromString(text, 'application/xml');
  if (parsed.querySelector('parsererror')) return undefined;
  const rows = [...parsed.querySelectorAll('*')].filter(
    (element) =>
      element.children.length > 0 && [...element.children].every((child) => child.children.length === 0),
  );
  if (rows.length === 0) return undefined;
  const filled = new Set(
    rows.flatMap((row) =>
      [...row.children].filter((child) => child.textContent.trim()).map((child) => child.tagName),
    ),
  );
  const columns = [...filled];
  return {
    columns,
    rows: rows.map((row) =>
      columns.map(
        (column) => [...row.children].find((child) => child.tagName === column)?.textContent.trim() ?? '',
      ),
    ),
  };
}

/** Fetches an attachment if it is kept apart, and makes it ready to be shown. Throws FhirError. */
export async function readAttachment(attachment: Attachment, signal?: AbortSignal): Promise<ShownAttachment> {
  let { data, contentType = 'application/octet-stream' } = attachment;
  if (data === undefined && attachment.url) {
    const binary = await fhir<Binary>(attachment.url.replace(/^.*\/fhir\//, ''), { signal });
    data = binary.data;
    contentType = binary.contentType ?? contentType;
  }
  const bytes = bytesOf(data ?? '');
  if (/^(text\/plain|application\/json|text\/csv)/.test(contentType))
    return { kind: 'text', text: new TextDecoder().decode(bytes) };
  if (/xml/.test(contentType)) {
    const text = new TextDecoder().decode(bytes);
    const table = xmlTable(text);
    return table ? { kind: 'table', ...table } : { kind: 'text', text };
  }
  return {
    kind: 'file',
    type: contentType,
    url: URL.createObjectURL(new Blob([bytes], { type: contentType })),
  };
}
