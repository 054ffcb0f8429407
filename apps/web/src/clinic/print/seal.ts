import { useEffect, useState } from 'react';
import type { Resource } from '../../fhir/types.ts';
import { resourcesOf, type Chart, type Part } from '../record/chart.ts';
import { isSensitive } from '../record/resource-words.ts';

/** The SHA-256 of a text as 64 hexadecimal digits. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text.normalize('NFC')));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const SEALED = ['encounters', 'conditions', 'allergies', 'medicines', 'results', 'vitals'] as const;

/** Which version of which resource a summary rests on; what only some readers may see is left out. */
function versionsOf(chart: Chart): string {
  const parts = SEALED.flatMap((name): Resource[] =>
    resourcesOf<Resource>(chart.parts[name] as Part<Resource>),
  );
  return [chart.patient, ...parts]
    .filter((one) => !isSensitive(one))
    .map((one) => `${one.resourceType}/${one.id}@${one.meta?.versionId ?? ''}`)
    .sort()
    .join('\n');
}

/**
 * The check code of a record as it is now: 16 hexadecimal digits of the SHA-256 over its resources' versions, in
 * groups of four ("9f2c 41d0 7be6 a813"). It changes with any change of the record. '' until computed.
 */
export function useSeal(chart: Chart): string {
  const [seal, setSeal] = useState('');
  useEffect(() => {
    let shown = true;
    void sha256(versionsOf(chart)).then(
      (digest) => shown && setSeal(digest.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ')),
    );
    return () => {
      shown = false;
    };
  }, [chart]);
  return seal;
}
