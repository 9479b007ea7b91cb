import { BlockList, isIP } from 'node:net';

/** Proxies whose word about their clients is taken. */
export interface TrustedProxies {
  /** Whether the address is that of one of them. */
  has(address: string): boolean;
  /**
   * The address of who sent a request: the peer's, unless that is a trusted proxy; then, from the end of its
   * X-Forwarded-For, the first that is none. What stands before that one anybody may have written (security SEC-7).
   */
  clientOf(peer: string, forwarded: string | undefined): string;
}

/** A chain of proxies that is longer is not followed to its end. */
const mostHops = 16;

/** `networks`: addresses, or networks as 10.0.0.0/8. */
export function createTrustedProxies(networks: readonly string[] = []): TrustedProxies {
  const trusted = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    trusted.addSubnet(address, Number(bits ?? (isIP(address) === 6 ? 128 : 32)), familyOf(address));
  }
  const has = (address: string) =>
    networks.length > 0 && isIP(address) !== 0 && trusted.check(address, familyOf(address));

  return {
    has,
    clientOf(peer, forwarded) {
      let client = plain(peer);
      if (forwarded === undefined) return client;
      const hops = forwarded.split(',').slice(-mostHops);
      while (has(client)) {
        const before = plain(hops.pop()?.trim() ?? '');
        if (isIP(before) === 0) break;
        client = before;
      }
      return client;
    },
  };
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Without a port, as some proxies write one, and without the prefix of an IPv4 address on an IPv6 socket. */
function plain(written: string): string {
  if (!written.includes(':')) return written;
  const [, inBrackets, withPort] = /^\[([\da-fA-F:.]+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(written) ?? [];
  return (inBrackets ?? withPort ?? written).replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Whether only this machine can be at the address. */
export const isLoopbackAddress = (address: string): boolean =>
  address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
