import { type Context, forbidden } from '@yba/fhir';

/** The directory is the ministry's to keep. Throws `forbidden` for everybody else. */
export function assertOfficer({ caller }: Context): void {
  if (caller.role !== 'ministry')
    throw forbidden({
      vi: 'Danh bạ do cán bộ Bộ Y tế giữ. Hãy nhờ họ ghi thay đổi này.',
      en: 'The directory is kept by the ministry’s officers; ask them for this change',
    });
}

/** The facility that an officer of the ministry names, or the caller's own. Throws `forbidden` for another's. */
export function facilityAsked({ caller }: Context, asked: string | undefined): string | undefined {
  if (caller.role === 'ministry') return asked;
  if (!caller.facility || !['admin', 'system'].includes(caller.role))
    throw forbidden({
      en: 'For the ministry’s officers, and for a facility’s own IT officer and software',
      vi: 'Dành cho cán bộ Bộ Y tế, và cho cán bộ CNTT cùng phần mềm của chính cơ sở.',
    });
  if (asked !== undefined && asked !== caller.facility)
    throw forbidden(`You speak for ${caller.facility}, not for another facility`);
  return caller.facility;
}
