/** How grave: an `error` is refused or misread by whoever receives it, a `warning` leads to trouble later. */
export type Severity = 'error' | 'warning' | 'information';

/** The same in both languages. */
export type Words = { vi: string; en: string };

/** What a rule is about. */
export type Area = 'text' | 'fhir' | 'xml' | 'hl7' | 'endpoint';

export type RuleId = string;

/** One rule that files are held to. */
export type Rule = {
  severity: Severity;
  title: Words;
  /** Where it is written: a section of a specification, or an article of a circular or decision. */
  source: { name: string; url?: string };
};

/** A rule in one line of a table. */
export const rule = (severity: Severity, vi: string, en: string, name: string, url?: string): Rule => ({
  severity,
  title: { vi, en },
  source: url ? { name, url } : { name },
});
