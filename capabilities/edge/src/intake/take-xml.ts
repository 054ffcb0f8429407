import { Readable } from 'node:stream';
import { outcomeError } from '@yba/fhir';
import { EnvelopeFault, readDossier, readEnvelope } from '@yba/vietnam/dossier';
import type { Keeping } from '../outbox/outbox.ts';
import type { Desk } from './desk.ts';
import { messageBundle, messageId, uuidOf } from './message-bundle.ts';

/** The largest file: in base64 and with its frame it must stay below the 16 MiB of the hub. */
const LIMIT_BYTES = 12_000_000;

/**
 * Takes a file of national dossiers (QĐ 4750, QĐ 3176) and keeps it as it is. Only what cannot be an envelope, or is another
 * facility's, is refused here; every row is judged by the hub. Throws OutcomeError.
 */
export async function takeXml(desk: Desk, bytes: Buffer, origin: string): Promise<Keeping> {
  if (bytes.length > LIMIT_BYTES)
    throw outcomeError(
      'too-long',
      `Tệp lớn hơn ${LIMIT_BYTES / 1e6} MB. Chia thành nhiều tệp, mỗi tệp ít hồ sơ hơn. The file is larger than ${LIMIT_BYTES / 1e6} MB: send fewer dossiers in each`,
    );
  const patient = await patientOf(bytes, desk.facility);
  const id = messageId('xml', bytes);
  const fullUrl = `urn:uuid:${uuidOf('binary', bytes)}`;
  return desk.outbox.keep({
    id,
    patient,
    event: 'dossier-xml',
    source: 'xml',
    origin,
    text: messageBundle({
      id,
      event: 'dossier-xml',
      endpoint: desk.endpoint,
      entries: [
        {
          fullUrl,
          resource: {
            resourceType: 'Binary',
            contentType: 'application/xml',
            data: bytes.toString('base64'),
          } as never,
        },
      ],
      focus: [{ reference: fullUrl }],
    }),
  });
}

/** Dossiers of several patients keep one order among themselves. */
const SEVERAL = '*';

/** The patient of the only dossier, by MA_BN. */
async function patientOf(bytes: Buffer, facility: string): Promise<string> {
  const envelope = await readEnvelope(Readable.from([bytes])).catch((error: unknown) => {
    if (!(error instanceof EnvelopeFault)) throw error;
    const { remedy } = error.finding;
    throw outcomeError('invalid', `${remedy.vi} ${remedy.en}`, 'GIAMDINHHS');
  });
  if (envelope.facility !== '' && envelope.facility !== facility)
    throw outcomeError(
      'forbidden',
      `Tệp ghi MACSKCB ${envelope.facility}, trạm biên này thuộc cơ sở ${facility}. The file says MACSKCB ${envelope.facility}; this edge is of ${facility}`,
      'GIAMDINHHS.THONGTINDONVI.MACSKCB',
    );
  const summary =
    envelope.dossiers.length === 1 ? (await readDossier(envelope.dossiers[0]!)).summary : undefined;
  return summary?.MA_BN || SEVERAL;
}
