import {
  agentDigest,
  fromBase64,
  hashesOf,
  isSame,
  leafHash,
  readCheckpoint,
  readEntry,
  reasonDigest,
  verifyConsistency,
  verifyInclusion,
  type Checkpoint,
  type LogEntry,
  type Told,
} from '../proof/index.ts';
import type { Witnessed } from '../tree/witness.ts';
import type { ExportLine } from './export-log.ts';
import { Findings, type VerifiedLog } from './findings.ts';
import { isSignedByOne, trustedKeys, type ToldKey } from './trusted-keys.ts';

type EntryLine = Extract<ExportLine, { line: 'entry' }>;
type HeadLine = Extract<ExportLine, { line: 'head' }>;
type Top = Extract<ExportLine, { line: 'export' }>;

/**
 * Checks an exported file with nothing else at hand: signature of its head, every entry's place, that a period has no
 * gap and a person's looks no row twice, words and who looked against their digests. With a witness, that no head kept
 * there contradicts it. Throws when the text is not an exported file.
 */
export async function verifyExport(
  lines: Iterable<string> | AsyncIterable<string>,
  { witness, keys = [] }: { witness?: Witnessed; keys?: readonly string[] } = {},
): Promise<VerifiedLog> {
  const findings = new Findings();
  const told: ToldKey[] = [];
  const heads: HeadLine[] = [];
  let top: Top | undefined;
  let head: Checkpoint | undefined;
  let entries = 0;
  let last = -1;
  for await (const text of lines) {
    if (text === '') continue;
    const line = parse(text);
    if (line.line === 'export') {
      if (top) throw unlike('it has two first lines, so it is more than one file. Check each by itself');
      top = line;
      head = headOf(line);
    } else if (!head || !top) throw unlike('its first line is missing');
    else if (line.line === 'key') told.push(line);
    else if (line.line === 'head') heads.push(line);
    else {
      entries++;
      await checkEntry(line, head, findings);
      checkOrder(line, last, top, findings);
      last = Math.max(last, line.index);
    }
  }
  if (!top || !head) throw unlike('its first line is missing');
  if (entries > top.count)
    findings.add({
      kind: 'inserted',
      words: `the file has ${entries} entries, and says of itself that they are ${top.count}`,
    });
  if (entries < top.count)
    findings.add({
      kind: 'removed',
      index: last + 1,
      words: `the file ends after ${entries} of ${top.count} entries`,
    });
  await checkHeads(
    head,
    heads,
    await trustedKeys(told, pinnedOf(keys, witness), findings),
    witness,
    findings,
  );
  return { entries, heads: heads.length + 1, findings: findings.list, count: findings.count };
}

const pinnedOf = (keys: readonly string[], witness: Witnessed | undefined) => [
  ...keys,
  ...(witness?.keys.slice(0, 1) ?? []),
];

function parse(text: string): ExportLine {
  try {
    return JSON.parse(text) as ExportLine;
  } catch (cause) {
    throw unlike('a line is not JSON', { cause });
  }
}

const unlike = (why: string, options?: ErrorOptions) =>
  new Error(`This is not an exported file of the access log: ${why}.`, options);

function headOf({ checkpoint }: Top): Checkpoint {
  try {
    return readCheckpoint(checkpoint);
  } catch (cause) {
    throw unlike('its first line holds no signed head', { cause });
  }
}

async function checkEntry(line: EntryLine, head: Checkpoint, findings: Findings): Promise<void> {
  const at = { index: line.index, entry: `AuditEvent/${line.event}` };
  try {
    const entry = readEntry(line.entry);
    const { size, root } = head;
    const leaf = await leafHash(line.entry);
    const path = hashesOf(fromBase64(line.path));
    if (!(await verifyInclusion({ leaf, index: line.index, size, path, root })))
      findings.add({ ...at, kind: 'changed', words: 'the entry is not at this place of the signed tree' });
    const fault = await disclosureFault(line, entry);
    if (fault) findings.add({ ...at, kind: 'changed', words: fault });
  } catch (error) {
    findings.add({ ...at, kind: 'unreadable', words: (error as Error).message });
  }
}

/** What is told beside the entry, against the digests in it. */
async function disclosureFault(line: EntryLine, entry: LogEntry): Promise<string | undefined> {
  const number = Number.parseInt(line.event.split('-')[1] ?? '', 36);
  if (number !== entry.id) return 'the AuditEvent named is not this entry';
  if ((await agentDigest(JSON.parse(line.agent) as Told)) !== entry.agent)
    return 'who looked is not who stands in the entry';
  if (
    line.reason !== undefined &&
    (await reasonDigest(line.reason, line.reasonSalt ?? null)) !== entry.reason
  )
    return 'the typed reason is not the one in the entry';
  return undefined;
}

function checkOrder({ index, event }: EntryLine, last: number, top: Top, findings: Findings): void {
  const entry = `AuditEvent/${event}`;
  if (index <= last)
    findings.add({ kind: 'reordered', index, entry, words: 'the entry stands behind a later one, or twice' });
  else if (top.of === 'period' && index !== (last < 0 ? top.first : last + 1))
    findings.add({
      kind: 'removed',
      index: last < 0 ? (top.first ?? 0) : last + 1,
      words: `entries before ${entry} are not in the file`,
    });
}

async function checkHeads(
  head: Checkpoint,
  heads: readonly HeadLine[],
  trusted: Awaited<ReturnType<typeof trustedKeys>>,
  witness: Witnessed | undefined,
  findings: Findings,
): Promise<void> {
  if (!(await isSignedByOne(head, trusted)))
    findings.add({ kind: 'key', words: 'no trusted key has signed the head of the file' });
  const known = [head];
  for (const line of heads) {
    const earlier = readCheckpoint(line.checkpoint);
    known.push(earlier);
    const proof = {
      first: earlier.size,
      firstRoot: earlier.root,
      second: head.size,
      secondRoot: head.root,
      path: hashesOf(fromBase64(line.consistency)),
    };
    if (!(await isSignedByOne(earlier, trusted)))
      findings.add({ kind: 'key', words: `no trusted key has signed the head over ${earlier.size} entries` });
    else if (!(await verifyConsistency(proof)))
      findings.add({
        kind: 'forked',
        words: `the head over ${head.size} entries does not go on from the one over ${earlier.size}`,
      });
  }
  for (const note of witness?.checkpoints ?? []) {
    const kept = readCheckpoint(note);
    const same = known.find(({ size }) => size === kept.size);
    if (same && !isSame(same.root, kept.root))
      findings.add({
        kind: 'forked',
        words: `the witness kept another head over ${kept.size} entries than the file has`,
      });
  }
}
