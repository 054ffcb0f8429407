import { HttpError } from '../http-error.ts';

/** 404 for an operation that nobody offers at this place. */
export const unknownOperation = (code: string): HttpError =>
  new HttpError(
    404,
    'not-supported',
    `The operation ${code} is not known here; /fhir/metadata lists what there is.`,
  );
