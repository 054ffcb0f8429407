import { type Context, forbidden } from '@yba/fhir';

/** The directory is the ministry's to keep. Throws `forbidden` for everybody else. */
export function assertOfficer({ caller }: Context): void {
  if (caller.role !== 'ministry')
    throw forbidden(
      'Danh bạ do cán bộ Bộ Y tế giữ. The directory is kept by the ministry’s officers; ask them for this change',
    );
}
