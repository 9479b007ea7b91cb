import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

type Value = string | number | readonly Value[] | { readonly [name: string]: Value };

/** Records by their networks, `192.0.2.0/24`, none of which is in another. */
export type Networks = Readonly<Record<string, Value>>;

export interface PlacesOptions {
  readonly ipVersion?: 4 | 6;
  readonly type?: string;
}

/** The record of a city as MaxMind and DB-IP write it. */
export const cityRecord = (
  iso_code: string,
  country: string,
  city: string,
  point: readonly [number, number],
) => ({
  country: { iso_code, names: { de: 'Anderswo', en: country } },
  city: { names: { de: 'Irgendwo', en: city } },
  location: { latitude: point[0], longitude: point[1], accuracy_radius: 20 },
});

/** A file of places that a test writes, and writes anew in one step. It goes with the test. */
export function placesFile(t: Pick<TestContext, 'after'>, content: Networks | Buffer) {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-places-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'places.mmdb');
  const write = (networks: Networks | Buffer) => {
    writeFileSync(`${path}.new`, Buffer.isBuffer(networks) ? networks : mmdb(networks));
    renameSync(`${path}.new`, path);
  };
  write(content);
  return { path, write };
}

/** A node of the tree: what is on the left (a bit of 0) and on the right. Records are by their number. */
type Branch = Node | { readonly record: number } | undefined;
type Node = [Branch, Branch];

/** MaxMind DB with records of 24 bits (https://maxmind.github.io/MaxMind-DB/). An IPv6 tree has IPv4 under ::/96 alone. */
export function mmdb(networks: Networks, { ipVersion = 6, type = 'Test' }: PlacesOptions = {}): Buffer {
  const root: Node = [undefined, undefined];
  const records = Object.values(networks).map(encoded);
  for (const [index, network] of Object.keys(networks).entries())
    insert(root, bitsOf(network, ipVersion), { record: index });
  const nodes = nodesUnder(root);
  const starts = records.map((_, index) => Buffer.concat(records.slice(0, index)).length);
  const reference = (branch: Branch) => {
    if (branch === undefined) return nodes.length;
    return Array.isArray(branch) ? nodes.indexOf(branch) : nodes.length + 16 + (starts[branch.record] ?? 0);
  };
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [index, [left, right]] of nodes.entries()) {
    tree.writeUIntBE(reference(left), index * 6, 3);
    tree.writeUIntBE(reference(right), index * 6 + 3, 3);
  }
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: type,
    description: { en: 'for tests' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 24,
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')]);
  return Buffer.concat([tree, Buffer.alloc(16), ...records, marker, metadata]);
}

function insert(root: Node, bits: readonly (0 | 1)[], leaf: Branch): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit];
    const below: Node = Array.isArray(next) ? next : [undefined, undefined];
    node[bit] = below;
    node = below;
  }
  node[bits.at(-1) ?? 0] = leaf;
}

function nodesUnder(node: Node): Node[] {
  return [node, ...node.flatMap((branch) => (Array.isArray(branch) ? nodesUnder(branch) : []))];
}

function bitsOf(network: string, ipVersion: 4 | 6): (0 | 1)[] {
  const [address = '', length = ''] = network.split('/');
  const bytes = isIPv4(address) ? address.split('.').map(Number) : bytesOfIPv6(address);
  const lead = ipVersion === 6 && isIPv4(address) ? Array<0>(96).fill(0) : [];
  const bits = bytes.flatMap((byte) =>
    Array.from(byte.toString(2).padStart(8, '0'), (bit) => (bit === '1' ? 1 : 0)),
  );
  return [...lead, ...bits.slice(0, Number(length))];
}

function bytesOfIPv6(address: string): number[] {
  const [head = [], tail = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
}

/** The types of the format by their numbers. */
const types = { text: 2, double: 3, uint32: 6, map: 7, array: 11 } as const;

function encoded(value: Value): Buffer {
  if (typeof value === 'string') return field(types.text, Buffer.byteLength(value), Buffer.from(value));
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    if (!Number.isInteger(value) || value < 0) {
      bytes.writeDoubleBE(value);
      return field(types.double, 8, bytes);
    }
    bytes.writeUInt32BE(value);
    return field(types.uint32, 4, bytes.subarray(0, 4));
  }
  const items = Array.isArray(value) ? (value as readonly Value[]) : undefined;
  if (items !== undefined) return field(types.array, items.length, ...items.map(encoded));
  const members = Object.entries(value);
  return field(types.map, members.length, ...members.flatMap(([name, of]) => [encoded(name), encoded(of)]));
}

/** A control byte, which tells type and size, with what stands behind it; sizes to 284. */
function field(type: number, size: number, ...content: readonly Buffer[]): Buffer {
  const isLong = size >= 29;
  const control = ((type > 7 ? 0 : type) << 5) | (isLong ? 29 : size);
  const more = [...(type > 7 ? [type - 7] : []), ...(isLong ? [size - 29] : [])];
  return Buffer.concat([Buffer.from([control, ...more]), ...content]);
}
