import { basename } from 'node:path';
import { Decimal, type Issue, OutcomeError, validate, type Resource } from '@yba/fhir';
import { mrn } from '@yba/vietnam';
import { type CsvMapping, knownColumns, type MappedValue } from './csv-mapping.ts';
import { csvRows } from './csv-table.ts';
import type { Desk } from './desk.ts';
import { type Entry, messageBundle, messageId, uuidOf } from './message-bundle.ts';

type Row = { at: number; row: Record<string, string> };

/**
 * Takes a table: each row becomes a resource by the mapping, rows of one group one message. All rows or none: a row that
 * cannot be mapped refuses the file, naming line and column, so that nobody wonders which half is in. Throws OutcomeError.
 */
export async function takeCsv(desk: Desk, mapping: CsvMapping, bytes: Buffer, name: string): Promise<void> {
  const rows = readRows(mapping, bytes);
  const issues: Issue[] = [];
  const built = new Map<number, Resource>();
  for (const each of rows) {
    try {
      built.set(each.at, resourceOf(desk.facility, mapping, each));
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new OutcomeError(issues);
  const groups = Map.groupBy(rows, ({ at, row }) =>
    JSON.stringify([
      row[mapping.patient],
      mapping.group.length > 0 ? mapping.group.map((column) => row[column]) : at,
    ]),
  );
  // one file is one moment: the promises are awaited together, so that its messages are committed together
  await Promise.all(
    [...groups].map(([key, group]) =>
      keepGroup(
        desk,
        mapping,
        key,
        group.map(({ at }) => built.get(at)!),
        group[0]!.row[mapping.patient]!,
        name,
      ),
    ),
  );
}

function readRows(mapping: CsvMapping, bytes: Buffer): Row[] {
  try {
    const text = new TextDecoder(mapping.encoding, { fatal: true }).decode(bytes).normalize('NFC');
    const rows = csvRows(text, mapping.separator).map((row, at) => ({ at: at + 2, row }));
    const columns = Object.keys(rows[0]?.row ?? {});
    const known = knownColumns(mapping);
    const missing = [...known].filter((column) => rows.length > 0 && !columns.includes(column));
    const unknown = columns.filter((column) => !known.has(column));
    if (missing.length > 0)
      throw new Error(`Thiếu cột ${missing.join(', ')}. Columns are missing: ${missing.join(', ')}`);
    if (unknown.length > 0)
      throw new Error(
        `Cột không có trong tệp ánh xạ: ${unknown.join(', ')}; ghi vào setAside kèm lý do nếu không cần. Columns the mapping does not know; name them in setAside with a reason`,
      );
    return rows;
  } catch (cause) {
    throw new OutcomeError([{ severity: 'error', code: 'invalid', diagnostics: (cause as Error).message }], {
      cause,
    });
  }
}

async function keepGroup(
  desk: Desk,
  { patient: _, identifier: __, ...mapping }: CsvMapping,
  key: string,
  resources: readonly Resource[],
  number: string,
  name: string,
): Promise<void> {
  const patientUrl = `urn:uuid:${uuidOf('patient', desk.facility, number)}`;
  const entries: Entry[] = resources.map((resource) => ({
    fullUrl: `urn:uuid:${uuidOf(JSON.stringify(resource['identifier']))}`,
    resource: {
      ...resource,
      [mapping.resourceType === 'AllergyIntolerance' || mapping.resourceType === 'Immunization'
        ? 'patient'
        : 'subject']: { reference: patientUrl },
    },
  }));
  const patient = {
    resourceType: 'Patient',
    identifier: [{ system: mrn(desk.facility), value: number }],
  } as Resource;
  const id = messageId('csv', key, JSON.stringify(entries));
  await desk.outbox.keep({
    id,
    patient: number,
    event: 'record',
    source: 'csv',
    origin: basename(name),
    text: messageBundle({
      id,
      event: 'record',
      endpoint: desk.endpoint,
      entries: [{ fullUrl: patientUrl, resource: patient }, ...entries],
      focus: [{ reference: entries[0]!.fullUrl }],
    }),
  });
}

function resourceOf(facility: string, mapping: CsvMapping, { at, row }: Row): Resource {
  const fault = (column: string, why: string): never => {
    throw new OutcomeError([
      {
        severity: 'error',
        code: 'value',
        diagnostics: `Dòng ${at}, cột ${column}: ${why}`,
        expression: [`line ${at}.${column}`],
      },
    ]);
  };
  if (!row[mapping.patient]) fault(mapping.patient, 'thiếu mã người bệnh. The record number is missing');
  const key = mapping.identifier.map((column) => row[column]);
  if (key.some((part) => !part))
    fault(mapping.identifier.join('+'), 'thiếu khóa của dòng. The key of the row is missing');
  const resource: Record<string, unknown> = {
    resourceType: mapping.resourceType,
    identifier: [
      {
        system: `https://yba.vn/fhir/facility/${facility}/csv/${mapping.resourceType.toLowerCase()}`,
        value: key.join('/'),
      },
    ],
    [mapping.resourceType === 'AllergyIntolerance' || mapping.resourceType === 'Immunization'
      ? 'patient'
      : 'subject']: { display: '-' },
  };
  for (const [path, value] of Object.entries(mapping.elements)) {
    const read = valueOf(value, row, (why) => fault(value.column ?? path, why));
    if (read !== undefined) place(resource, path, read);
  }
  const [issue] = validate(resource as Resource).filter(({ severity }) => severity === 'error');
  if (issue) fault(issue.expression?.[0] ?? '', issue.diagnostics ?? issue.code);
  return resource as Resource;
}

function valueOf(value: MappedValue, row: Record<string, string>, fail: (why: string) => never): unknown {
  if (value.column === undefined) return value.value;
  const text = row[value.column] ?? '';
  if (text === '') return value.required ? fail('không được trống. It must not be empty') : undefined;
  if (value.table)
    return text in value.table
      ? value.table[text]
      : fail(`“${text}” không có trong bảng ánh xạ. It is not in the table of the mapping`);
  switch (value.as) {
    case 'decimal': {
      const number = text.replace(',', '.');
      return /^-?\d+(\.\d+)?$/.test(number) ? new Decimal(number) : fail('không phải số. It is not a number');
    }
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : fail('không phải số nguyên. It is not a whole number');
    case 'date':
    case 'dateTime':
      return (
        timeOf(text, value.format ?? 'DD/MM/YYYY HH:mm', value.as) ??
        fail(`không đọc được ngày giờ theo ${value.format ?? 'DD/MM/YYYY HH:mm'}. The time is not written so`)
      );
    default:
      return text;
  }
}

/** A time written as `format` says, in Viet Nam; a missing time of day leaves the day. */
function timeOf(text: string, format: string, as: 'date' | 'dateTime'): string | undefined {
  const parts = { YYYY: '', MM: '', DD: '', HH: '', mm: '', ss: '' };
  const names = [...format.matchAll(/YYYY|MM|DD|HH|mm|ss/g)].map(([name]) => name as keyof typeof parts);
  const numbers = text.match(/\d+/g) ?? [];
  names.forEach((name, at) => (parts[name] = numbers[at]?.padStart(name.length, '0') ?? ''));
  const day = `${parts.YYYY}-${parts.MM}-${parts.DD}`;
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day) return undefined;
  if (as === 'date' || parts.HH === '') return day;
  const time = `${parts.HH}:${parts.mm || '00'}:${parts.ss || '00'}`;
  return /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time) ? `${day}T${time}+07:00` : undefined;
}

/** Puts a value at a path, making objects and lists on the way. */
function place(resource: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split('.').flatMap((step) => {
    const [, name, index] = /^(\w+)(?:\[(\d)\])?$/.exec(step)!;
    return index === undefined ? [name!] : [name!, Number(index)];
  });
  let at = resource as Record<string | number, unknown>;
  steps.forEach((step, depth) => {
    if (depth === steps.length - 1) at[step] = value;
    else {
      at[step] ??= typeof steps[depth + 1] === 'number' ? [] : {};
      at = at[step] as Record<string | number, unknown>;
    }
  });
}
