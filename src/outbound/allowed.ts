import { BlockList, isIP } from 'node:net';

/** Which hosts requests that configuration brings about may reach (security OUT-1). */
export interface Allowed {
  /** Host names that the operator vouches for, in lower case: any address, and http. */
  readonly names: ReadonlySet<string>;
  /** Networks that the operator vouches for: http too. */
  readonly networks: BlockList;
  /** Whether this machine itself may be reached, by http too. */
  readonly loopback: boolean;
}

/**
 * Reads host names, addresses and networks (`10.0.0.0/8`). Throws a plain Error that names the one which is none of
 * these.
 */
export function allowedOf(entries: readonly string[], loopback: boolean): Allowed {
  const names = new Set<string>();
  const networks = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix, ...more] = entry.split('/');
    const family = isIP(address);
    const bits = family === 4 ? 32 : 128;
    if (family !== 0 && isPrefix(prefix, bits) && more.length === 0)
      networks.addSubnet(
        address,
        prefix === undefined ? bits : Number(prefix),
        family === 4 ? 'ipv4' : 'ipv6',
      );
    else if (prefix === undefined && /^[a-z\d]([a-z\d_.-]*[a-z\d])?$/i.test(address) && family === 0)
      names.add(address.toLowerCase());
    else throw new Error(`must be host names, addresses or networks; "${entry}" is none`);
  }
  return { names, networks, loopback };
}

const isPrefix = (prefix: string | undefined, most: number) =>
  prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= most);

/** Whether the operator has named the host itself; its addresses are not asked about then. */
export function isNamed({ names }: Allowed, host: string): boolean {
  return names.has(host.toLowerCase().replace(/\.$/, ''));
}

/** Whether this address may be connected to: what is neither allowed nor loopback must be public, and spoken to by https. */
export function mayReach({ networks, loopback }: Allowed, address: string, secure: boolean): boolean {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare) === 4 ? 'ipv4' : 'ipv6';
  if (networks.check(bare, family)) return true;
  if (loopback && own.check(bare, family)) return true;
  return secure && isPublic(bare, family);
}

function isPublic(address: string, family: 'ipv4' | 'ipv6'): boolean {
  if (family === 'ipv6' && !unicast.check(address, family)) return false;
  return !special.check(address, family);
}

const own = listOf(['127.0.0.0/8', '::1/128']);

/** All that IPv6 has given out for general use: neither local addresses nor those that hold an IPv4 address inside. */
const unicast = listOf(['2000::/3']);

/** IANA's registries of addresses for special purposes (RFC 6890), multicast and what is reserved. */
const special = listOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]);

function listOf(networks: readonly string[]): BlockList {
  return allowedOf(networks, false).networks;
}
