import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ExportLine } from '@yba/audit';

/** Texts of entries out of exported files (names separated by commas), by the number of their row: of months that were let go. */
export async function archiveOf(files: string | undefined): Promise<Map<number, string>> {
  const archive = new Map<number, string>();
  for (const file of files?.split(',') ?? []) {
    for await (const text of linesOf(file)) {
      const line = JSON.parse(text) as ExportLine;
      if (line.line === 'entry') archive.set((JSON.parse(line.entry) as { id: number }).id, line.entry);
    }
  }
  return archive;
}

/** The lines of an exported file, one at a time. */
export function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}
