import { isIP } from 'node:net';
import type { ContextDataType, UserContextDataType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';
import { deviceType } from '../device-type.ts';

/** Who asks for something: as the request itself tells it, or as an app's server tells it of its user. */
export interface Visitor {
  /** Absent where a server asks that says nothing of its user. */
  readonly ip?: string | undefined;
  readonly userAgent: string;
  /** What Amazon's libraries have gathered of the device. */
  readonly encodedData?: string | undefined;
}

/**
 * Who sent a request that nobody signed. Whoever holds the client's secret may say for whom they ask, where the client
 * lets them (EnablePropagateAdditionalUserContextData); everybody else is refused who tries.
 *
 * Throws InvalidParameterException.
 */
export function userVisitor(
  { source }: Context,
  { settings }: Client,
  { IpAddress, EncodedData }: UserContextDataType = {},
): Visitor {
  if (IpAddress !== undefined && settings.EnablePropagateAdditionalUserContextData !== true)
    throw errors.addressNotForUsers();
  return { ip: IpAddress ?? source.ip, userAgent: source.userAgent, encodedData: EncodedData };
}

/** For whom a trusted server asks. Without ContextData nothing is known of them: its own address is not theirs. */
export function serverVisitor(given: ContextDataType | undefined): Visitor {
  if (given === undefined) return { userAgent: '' };
  const { IpAddress, HttpHeaders, EncodedData } = given;
  const agent = HttpHeaders.find(({ headerName }) => headerName?.toLowerCase() === 'user-agent');
  return { ip: IpAddress, userAgent: agent?.headerValue ?? '', encodedData: EncodedData };
}

/** As longest an address is shown (API reference: SessionIpAddressType). */
const longestAddress = 128;

/**
 * Where somebody is shown to have come from, in their devices and sessions: as an app's server says of them, else as the
 * request tells. What is no address is not shown as one.
 */
export function seenAs({ source }: Context, visitor: Visitor | undefined): Context['source'] {
  const { ip = '' } = visitor ?? {};
  const seen = visitor !== undefined && isIP(ip) !== 0 ? { ip, userAgent: visitor.userAgent } : source;
  return { ...seen, ip: seen.ip.slice(0, longestAddress) };
}

/** Undefined where there is none, as on a socket of the machine. Throws InvalidParameterException for what is no address. */
export function addressOf({ ip }: Visitor): string | undefined {
  if (ip === '') return undefined;
  if (ip !== undefined && isIP(ip) === 0) throw errors.addressInvalid();
  return ip;
}

/** What is known of a device. */
export interface DeviceData {
  readonly name: string | undefined;
  readonly timezone: string | undefined;
  /** Kind and value, the strongest first; what stands behind a stronger one need not be looked at. */
  readonly marks: readonly (readonly [kind: 'key' | 'print' | 'agent', value: string])[];
}

/**
 * What tells one device from another: the key under which it is remembered, and the fingerprint that Amazon's libraries take
 * or, where there is none, the user agent without its versions: by that a device is known that has got its key only at its
 * last sign-in. All of it is what the client says, and proves nothing.
 */
export function deviceDataOf({ userAgent, encodedData }: Visitor, deviceKey: string | undefined): DeviceData {
  const told = gathered(encodedData);
  const type = deviceType(userAgent);
  const named = type === 'unknown' ? undefined : type.replaceAll(' / ', ', ');
  const print =
    textIn(told, 'DeviceId') ?? textIn(told, 'ThirdPartyDeviceId') ?? textIn(told, 'DeviceFingerprint');
  const marks: DeviceData['marks'] = [
    ...(deviceKey === undefined ? [] : [['key', deviceKey.slice(0, longest)] as const]),
    print === undefined ? ['agent', type.replaceAll(/ [\d.]+/g, '')] : ['print', print],
  ];
  return {
    name: named ?? textIn(told, 'DeviceName')?.slice(0, 128),
    timezone: textIn(told, 'ClientTimezone')?.slice(0, 64),
    marks,
  };
}

/** A fingerprint is some kilobytes long; what is longer is cut. */
const longest = 8192;
/** Of what a client may send, so much is read. */
const mostEncoded = 64 * 1024;

/**
 * `contextData` of a base64 text of JSON that holds a JSON text. The signature beside it is made with the client's id,
 * which everybody knows: it is not looked at. Whatever else comes counts as nothing.
 */
function gathered(encoded: string | undefined): Readonly<Record<string, unknown>> {
  if (encoded === undefined || encoded.length > mostEncoded) return {};
  const outer = recordOf(parsed(Buffer.from(encoded, 'base64').toString()));
  const payload = outer['payload'];
  return recordOf(recordOf(typeof payload === 'string' ? parsed(payload) : payload)['contextData']);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

function textIn(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  return typeof value === 'string' && value !== '' ? value.slice(0, longest).toWellFormed() : undefined;
}

/** Of a mark a keyed hash is kept: it compares, and tells nothing else. */
export function markOf(ctx: Context, pool: Pool, [kind, value]: DeviceData['marks'][number]): string {
  return `${kind}:${ctx.vault.mac('device', pool.id, kind, value).toString('base64url', 0, 15)}`;
}
