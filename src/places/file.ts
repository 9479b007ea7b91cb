import { readFile } from 'node:fs/promises';
import { isIP, SocketAddress } from 'node:net';
import { Reader } from 'mmdb-lib';
import type { Response } from 'mmdb-lib';
import type { Location } from '../store/auth-events.ts';
import { locationIn } from './location.ts';

/** What cannot be used as a file of places; the message follows the name of the setting. */
export class PlacesFileError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'PlacesFileError';
  }
}

/** Where an address is; undefined if the file does not say. Throws for a part of the file that is damaged. */
export type Lookup = (ip: string) => Location | undefined;

/**
 * A MaxMind DB file (https://maxmind.github.io/MaxMind-DB/) that tells countries, read whole into memory; of its records
 * only those that are asked for are decoded.
 *
 * Throws PlacesFileError for what cannot be read, is not such a file or not a whole one, or tells no countries.
 */
export async function readPlacesFile(path: string): Promise<Lookup> {
  const bytes = await bytesOf(path);
  const reader = readerOf(bytes);
  checkTells(reader);
  return (ip) => {
    const address = plainAddress(ip);
    const version = isIP(address);
    // In a tree of IPv4 alone the reader would take the first bits of an IPv6 address for one.
    if (version === 0 || version > reader.metadata.ipVersion) return undefined;
    return locationIn(reader.get(address));
  };
}

/** Without zone, and an IPv4 address as itself in whatever form it is written as one of IPv6. */
function plainAddress(ip: string): string {
  const address = ip.replace(/%.*$/, '');
  if (isIP(address) !== 6) return address;
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(/^::ffff:(?=\d+\.)/, '');
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new PlacesFileError(`cannot be read: ${code}`, { cause: error });
  }
}

/** What stands before the metadata, the last part of the file. */
const marker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
/** So many zeros are between the tree and the records. */
const gap = 16;

function readerOf(bytes: Buffer): Reader<Response> {
  const end = bytes.lastIndexOf(marker);
  if (end === -1) throw new PlacesFileError('must be a whole file of the MaxMind DB format (.mmdb)');
  try {
    const reader = new Reader<Response>(bytes);
    const { searchTreeSize: tree, binaryFormatMajorVersion: version, ipVersion } = reader.metadata;
    const isWhole =
      tree > 0 && tree + gap <= end && bytes.subarray(tree, tree + gap).every((byte) => byte === 0);
    if (!isWhole || version !== 2 || ![4, 6].includes(ipVersion)) throw new Error('its parts do not fit');
    return reader;
  } catch (error) {
    throw damaged(error);
  }
}

const damaged = (cause: unknown) => new PlacesFileError('is damaged', { cause });

/** So many networks are looked at for one with a country. */
const mostLookedAt = 10_000;

/** There are files of the same format that tell other things of addresses. */
function checkTells(reader: Reader<Response>): void {
  try {
    for (const record of firstRecords(reader)) if (locationIn(record) !== undefined) return;
  } catch (error) {
    throw damaged(error);
  }
  throw new PlacesFileError(`must tell countries; of type ${reader.metadata.databaseType} it tells none`);
}

/** The records of the first networks, in the order of their addresses. */
function* firstRecords(reader: Reader<Response>): Generator {
  const bits = reader.metadata.ipVersion === 4 ? 32 : 128;
  let address = 0n;
  for (let seen = 0; seen < mostLookedAt && address < 1n << BigInt(bits); seen += 1) {
    const [record, length] = reader.getWithPrefixLength(addressText(address, bits));
    yield record;
    address += 1n << BigInt(bits - length);
  }
}

function addressText(address: bigint, bits: 32 | 128): string {
  const hex = address.toString(16).padStart(bits / 4, '0');
  if (bits === 128) return (hex.match(/.{4}/g) ?? []).join(':');
  return [...Buffer.from(hex, 'hex')].join('.');
}
