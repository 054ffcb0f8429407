import { readJson } from '../folder/data-folder.ts';

/** How one element is made of a row: fixed, from a column, or by a table of values; with a form to read it in. */
export type MappedValue = {
  column?: string;
  value?: unknown;
  /** Values of the column and what they become; another value refuses the row. */
  table?: Record<string, unknown>;
  /** `date` and `dateTime` of `format` (DD/MM/YYYY HH:mm unless said), `decimal` with “,” or “.”. */
  as?: 'text' | 'date' | 'dateTime' | 'decimal' | 'integer';
  format?: string;
  /** Without it an empty column leaves the element out. */
  required?: boolean;
};

/** A mapping file: which resource a row becomes. Rows of the same `group` and patient go in one message. */
export type CsvMapping = {
  resourceType: string;
  separator: string;
  encoding: string;
  /** Columns that name the group of rows which are one document; each row by itself unless said. */
  group: string[];
  /** The column of the hospital's record number. */
  patient: string;
  /** The columns that name a row for ever: its identifier, so that a later file corrects it. */
  identifier: string[];
  /** FHIR elements by path: `valueQuantity.value`, `code.coding[0].code`. */
  elements: Record<string, MappedValue>;
  /** Columns that are read by nobody, each with the reason. */
  setAside: Record<string, string>;
};

const KINDS = ['text', 'date', 'dateTime', 'decimal', 'integer'];
const RESOURCES = [
  'Observation',
  'Condition',
  'Procedure',
  'MedicationRequest',
  'ServiceRequest',
  'Immunization',
  'AllergyIntolerance',
];

/** Reads and checks a mapping file. Throws Error naming file, place and rule. */
export function readMapping(file: string): CsvMapping {
  return checkMapping(readJson(file), file);
}

export function checkMapping(read: unknown, file: string): CsvMapping {
  const fail = (place: string, rule: string): never => {
    throw new Error(`${file}: ${place} ${rule}`);
  };
  const object = (value: unknown, place: string): Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : fail(place, 'must be an object {…}');
  const text = (value: unknown, place: string): string =>
    typeof value === 'string' && value !== '' ? value : fail(place, 'must be a text');
  const texts = (value: unknown, place: string): string[] =>
    Array.isArray(value)
      ? value.map((each, at) => text(each, `${place}[${at}]`))
      : fail(place, 'must be a list of columns');
  const said = object(read, 'the mapping');
  for (const name of Object.keys(said))
    if (
      ![
        'resourceType',
        'separator',
        'encoding',
        'group',
        'patient',
        'identifier',
        'elements',
        'setAside',
      ].includes(name)
    )
      fail(name, 'is not part of a mapping');
  const resourceType = text(said['resourceType'], 'resourceType');
  if (!RESOURCES.includes(resourceType)) fail('resourceType', `must be one of ${RESOURCES.join(', ')}`);
  const separator = said['separator'] === undefined ? ',' : text(said['separator'], 'separator');
  if (separator.length !== 1) fail('separator', 'must be one character');
  const encoding = said['encoding'] === undefined ? 'utf-8' : text(said['encoding'], 'encoding');
  try {
    new TextDecoder(encoding);
  } catch {
    fail('encoding', 'is not a character set: use utf-8 or windows-1258');
  }
  const elements = Object.fromEntries(
    Object.entries(object(said['elements'], 'elements')).map(([path, value]) => {
      const place = `elements["${path}"]`;
      if (!/^[a-z]\w*(\[\d\])?(\.[a-z]\w*(\[\d\])?)*$/i.test(path))
        fail(place, 'is not a path such as code.coding[0].code');
      const one = object(value, place) as MappedValue;
      for (const name of Object.keys(one))
        if (!['column', 'value', 'table', 'as', 'format', 'required'].includes(name))
          fail(`${place}.${name}`, 'is not known');
      if ((one.column === undefined) === (one.value === undefined))
        fail(place, 'needs a column or a value, not both');
      if (one.as !== undefined && !KINDS.includes(one.as))
        fail(`${place}.as`, `must be one of ${KINDS.join(', ')}`);
      return [path, one];
    }),
  );
  return {
    resourceType,
    separator,
    encoding,
    group: said['group'] === undefined ? [] : texts(said['group'], 'group'),
    patient: text(said['patient'], 'patient'),
    identifier: texts(said['identifier'], 'identifier'),
    elements,
    setAside: object(said['setAside'] ?? {}, 'setAside') as Record<string, string>,
  };
}

/** The columns that a mapping reads or sets aside. */
export function knownColumns({ group, patient, identifier, elements, setAside }: CsvMapping): Set<string> {
  const read = Object.values(elements).flatMap(({ column }) => column ?? []);
  return new Set([...group, patient, ...identifier, ...read, ...Object.keys(setAside)]);
}
