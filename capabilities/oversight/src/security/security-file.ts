import { forbidden, outcomeError } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { CONTROLS, type Level } from './catalogue.ts';
import { LEGAL_FACTS } from './legal-facts.ts';
import type { Measured } from './measured.ts';

export type SecurityFileOptions = {
  /** Measures now; of one facility's accounts and work lists alone when one is named (5-character code). */
  measure(facility: string | undefined): Promise<Measured>;
};

const LEVELS: readonly Level[] = [2, 3, 4];

/**
 * `GET $security-file?level=`: the controls of a security level (2, 3 unless told, or 4), each with what the system
 * measured of itself and when, or with what a person has to show. It claims nothing it did not measure. For the
 * ministry's officers, and a facility's administrator and privacy officer; throws `forbidden` for others.
 */
export function securityFile({ measure }: SecurityFileOptions): Operation {
  return {
    code: 'security-file',
    on: { system: true },
    methods: ['GET'],
    limit: { perMinute: 30, burst: 30 },
    async handle({ context: { caller }, query }) {
      const officer = ['admin', 'privacy-officer'].includes(caller.role) && caller.facility;
      if (caller.role !== 'ministry' && !officer)
        throw forbidden(
          'The security file is for the ministry and for a facility’s administrator and privacy officer',
        );
      const asked = query.get('level') ?? '3';
      const level = LEVELS.find((one) => String(one) === asked);
      if (!level) throw outcomeError('invalid', `level is 2, 3 or 4, not “${asked}”`, 'level');
      const measured = await measure(officer ? caller.facility : undefined);
      return {
        resource: { resourceType: 'Parameters', parameter: fileOf(measured, level) },
        headers: { 'cache-control': 'no-store' },
      };
    },
  };
}

function fileOf(measured: Measured, level: Level): object[] {
  return [
    { name: 'level', valueInteger: level },
    { name: 'measured', valueInstant: measured.at },
    { name: 'version', valueString: measured.version },
    { name: 'demo', valueBoolean: measured.demo },
    ...CONTROLS.filter(({ from }) => from <= level).map((control) => {
      const { state, vi, en } = control.judge(measured, level);
      const fact = control.fact && LEGAL_FACTS[control.fact];
      const text = (name: string, value: string) => ({ name, valueString: value });
      return {
        name: 'control',
        part: [
          { name: 'id', valueCode: control.id },
          { name: 'area', valueCode: control.area },
          text('vi', control.vi),
          text('en', control.en),
          { name: 'state', valueCode: state },
          text('evidenceVi', vi),
          text('evidenceEn', en),
          ...(fact
            ? [
                text('requiredVi', fact.vi),
                text('requiredEn', fact.en),
                { name: 'certain', valueBoolean: fact.certain },
              ]
            : []),
        ],
      };
    }),
  ];
}
