import { escapeText, STANDARD_SEPARATORS } from './escape.ts';

/** A field to write: its text, its components, or its repetitions of components. What is text is escaped. */
export type Field = string | readonly string[] | { repeat: readonly (readonly string[])[] } | undefined;

/** A segment to write: its name and its fields from 1; for MSH from MSH-3, as the separators are ours. */
export type SegmentFields = readonly [name: string, ...fields: Field[]];

/** The message in ER7, each segment ended by CR. Source: HL7 v2.5.1 2.6 */
export function encodeMessage(segments: readonly SegmentFields[]): string {
  return segments.map((segment) => `${encodeSegment(segment)}\r`).join('');
}

function encodeSegment([name, ...fields]: SegmentFields): string {
  const { field, component, repetition, escape, subcomponent } = STANDARD_SEPARATORS;
  const start = name === 'MSH' ? [`MSH${field}${component}${repetition}${escape}${subcomponent}`] : [name];
  return [...start, ...fields.map(encodeField)].join(field).replace(/\|+$/, '');
}

function encodeField(value: Field): string {
  const { component, repetition } = STANDARD_SEPARATORS;
  if (value === undefined) return '';
  if (typeof value === 'string') return value === '""' ? value : escapeText(value);
  if ('repeat' in value) return value.repeat.map(encodeField).join(repetition);
  return value
    .map((part) => escapeText(part))
    .join(component)
    .replace(/\^+$/, '');
}
