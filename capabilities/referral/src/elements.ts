/** The parts of FHIR R4 data types that are read here. */
export type Coding = { system?: string; code?: string; display?: string };
export type CodeableConcept = { coding?: Coding[]; text?: string };
export type Identifier = { system?: string; value?: string };
export type Reference = { reference?: string; type?: string; identifier?: Identifier; display?: string };
export type Period = { start?: string; end?: string };
export type Extension = {
  url: string;
  extension?: Extension[];
  valueCode?: string;
  valueString?: string;
  valueDateTime?: string;
  valueUnsignedInt?: number;
  valueIdentifier?: Identifier;
  valueReference?: Reference;
};
