import { BlockList, isIP } from 'node:net';

/**
 * The block of addresses in which a provider moves its customers about: the first 24 bits of IPv4, the first 48 of IPv6.
 * Undefined for what is no address.
 */
export function networkOf(address: string): string | undefined {
  const plain = plainAddress(address);
  if (isIP(plain) === 4) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIP(plain) !== 6) return undefined;
  return `${hexOf(groupsOf(plain).slice(0, 3))}::/48`;
}

/** Without zone, and an IPv4 address as itself in whichever form of IPv6 it came (RFC 4291 §2.5.5.2). */
function plainAddress(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) !== 6) return plain;
  const groups = groupsOf(plain);
  if (!hexOf(groups).startsWith('0:0:0:0:0:ffff:')) return plain;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2). */
function groupsOf(address: string): readonly number[] {
  const [, start = address, dotted = ''] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  const hex = dotted === '' ? start : start + hexOf([a * 256 + b, c * 256 + d]);
  const [head = [], tail = []] = hex
    .split('::')
    .map((part) => part.split(':').flatMap((group) => (group === '' ? [] : Number.parseInt(group, 16))));
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}

const hexOf = (groups: readonly number[]) => groups.map((group) => group.toString(16)).join(':');

/**
 * Whether the address is in one of the ranges, in CIDR notation, which have been checked. A range of IPv6 holds no IPv4
 * address but in the form in which IPv6 has them: `::/0` is all of IPv6.
 */
export function isInRanges(address: string, ranges: readonly string[] = []): boolean {
  const plain = plainAddress(address);
  if (ranges.length === 0 || isIP(plain) === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const { from, bits, family } = blockOf(range);
    if (family === familyOf(plain)) list.addSubnet(from, bits, family);
  }
  return list.check(plain, familyOf(plain));
}

/** A range of IPv4 as itself, too, where it is all written in the form of IPv6. */
function blockOf(range: string) {
  const [written = '', length = ''] = range.split('/');
  const own = { from: written, bits: Number(length), family: familyOf(written) } as const;
  const from = plainAddress(written);
  const isIPv4 = own.family === 'ipv6' && familyOf(from) === 'ipv4' && own.bits >= prefixed;
  return isIPv4 ? ({ from, bits: own.bits - prefixed, family: 'ipv4' } as const) : own;
}

/** So many bits stand before those of an IPv4 address in IPv6. */
const prefixed = 96;

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
