import { parseJson } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import type { Row } from '../rows/row.ts';

/** A row that was found, with its text; the resource is read from that when somebody looks into it. */
export class Hit {
  readonly row: Row;
  readonly text: string;
  #resource: Resource | undefined;

  constructor(row: Row, text: string) {
    this.row = row;
    this.text = text;
  }

  get resource(): Resource {
    return (this.#resource ??= parseJson(this.text));
  }
}
