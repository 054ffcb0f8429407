import { isIPv6 } from 'node:net';

/**
 * What is counted as one sender: an address of IPv4, and of IPv6 the network (/64), since a host there has as many
 * addresses as it likes. Source: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.4
 */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped) return mapped;
  const [head = '', tail] = plain.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const last = after.at(-1)?.includes('.') ? after.length + 1 : after.length;
  const zeros = tail === undefined ? 0 : 8 - before.length - last;
  const all = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return `${all
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
