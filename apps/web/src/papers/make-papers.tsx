import type { ReactNode } from 'react';
import { FACILITY } from '@yba/vietnam';
import type { Referral } from '../clinic/referrals/referrals.ts';
import { fhir } from '../fhir/client.ts';
import type { Appointment } from '../fhir/types.ts';
import { AppointmentPaper } from './appointment-paper.tsx';
import { readPaper } from './paper-fields.ts';
import type { PaperSize } from './paper-size.tsx';
import { TransferPaper } from './transfer-paper.tsx';

/** The transfer paper of a referral, filled in by the server's XML13. Throws FhirError. */
export async function transferPaper(
  referral: Referral,
  size: PaperSize,
  address: string | undefined,
): Promise<ReactNode> {
  const fields = await readPaper(referral.requestReference);
  const sent = referral.steps.find(({ code }) => code === 'send');
  return (
    <TransferPaper
      size={size}
      fields={fields}
      from={{ name: referral.from.name, address }}
      to={referral.to.name}
      doctor={sent?.by ?? ''}
      signed={sent?.at ?? referral.changed}
      until={referral.until}
    />
  );
}

/** The re-examination paper of `Appointment/{id}`, filled in by the server's XML14. Throws FhirError. */
export async function appointmentPaper(
  reference: string,
  size: PaperSize,
  addressOf: (facility: string) => string | undefined = () => undefined,
): Promise<ReactNode> {
  const [fields, appointment] = await Promise.all([readPaper(reference), fhir<Appointment>(reference)]);
  const actors = (appointment.participant ?? []).map(({ actor }) => actor);
  const place = actors.find((one) => one?.identifier?.system === FACILITY);
  const doctor = actors.find(
    (one) => one?.type === 'Practitioner' || one?.reference?.startsWith('Practitioner/'),
  )?.display;
  return (
    <AppointmentPaper
      size={size}
      fields={fields}
      facility={{ name: place?.display ?? '', address: addressOf(place?.identifier?.value ?? '') }}
      start={appointment.start ?? ''}
      department={appointment.serviceType?.[0]?.text}
      note={appointment.patientInstruction}
      doctor={doctor}
    />
  );
}
