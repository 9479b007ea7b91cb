import { BlockList, isIP } from 'node:net';

/**
 * The block of addresses in which a provider moves its customers about: the first 24 bits of IPv4, the first 48 of IPv6.
 * Undefined for what is no address.
 */
export function networkOf(address: string): string | undefined {
  const plain = plainAddress(address);
  if (isIP(plain) === 4) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIP(plain) !== 6) return undefined;
  const [head = ''] = plain.split('::');
  const groups = [...head.split(':'), '0', '0', '0'].slice(0, 3);
  return `${groups.map((group) => Number.parseInt(group || '0', 16).toString(16)).join(':')}::/48`;
}

/** Without zone, and an IPv4 address as itself wherever it came through an IPv6 socket. */
const plainAddress = (address: string) => address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');

/** Whether the address is in one of the ranges, in CIDR notation, which have been checked. */
export function isInRanges(address: string, ranges: readonly string[] = []): boolean {
  const plain = plainAddress(address);
  if (ranges.length === 0 || isIP(plain) === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [from = '', bits = ''] = range.split('/');
    list.addSubnet(from, Number(bits), familyOf(from));
  }
  return list.check(plain, familyOf(plain));
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
