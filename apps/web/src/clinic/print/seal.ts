import { useEffect, useState } from 'react';

/** The SHA-256 of a text as 64 hexadecimal digits. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text.normalize('NFC')));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The first 16 digits of the SHA-256 of what a paper says, in groups of four: "9f2c 41d0 7be6 a813". */
export function useSeal(content: string): string {
  const [seal, setSeal] = useState('');
  useEffect(() => {
    let shown = true;
    void sha256(content).then(
      (digest) => shown && setSeal(digest.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ')),
    );
    return () => {
      shown = false;
    };
  }, [content]);
  return seal;
}
