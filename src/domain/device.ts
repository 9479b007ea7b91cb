import { randomUUID } from 'node:crypto';
import type { DeviceSecretVerifierConfigType, DeviceType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import { isVerifier } from '../crypto/srp.ts';
import * as errors from '../errors.ts';
import type { Device, DeviceSecret } from '../store/devices.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { vaultOf } from './pool-key.ts';
import { seenAs } from './threat/visitor.ts';
import type { Visitor } from './threat/visitor.ts';

/**
 * Devices of one user: those that were used least recently go beyond it. Clients make a new one at each sign-in from a
 * browser that has forgotten its key (security DOS-4).
 */
const mostDevices = 100;

/** How long a key that was forgotten is remembered: an access token that names it lives a day at most. */
const memory = 25 * 60 * 60 * 1000;

/** Whether the pool remembers devices (API reference: DeviceConfigurationType). Elsewhere DEVICE_KEY has no effect. */
export const tracksDevices = ({ settings }: Pool): boolean => settings.DeviceConfiguration !== undefined;

/** Whether a remembered device that proves itself stands for a second factor. */
export const devicesStandForMfa = ({ settings }: Pool): boolean =>
  settings.DeviceConfiguration?.ChallengeRequiredOnNewDevice === true;

/**
 * The key and the group key of a device that nobody has signed in with yet (API reference: NewDeviceMetadataType).
 * Nothing of it is kept before it is confirmed: the access token carries the key, and a user's group key is always the
 * same.
 */
export function newDevice(ctx: Context, { id, region }: Pool, user: User): Pick<Device, 'key' | 'groupKey'> {
  return { key: `${region}_${randomUUID()}`, groupKey: groupKeyOf(ctx, id, user) };
}

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `-` and eight letters or digits. */
function groupKeyOf(ctx: Context, poolId: string, user: User): string {
  const bytes = ctx.vault.mac('device-group', poolId, user.id).subarray(0, 8);
  return `-${Array.from(bytes, (byte) => letters[byte % letters.length]).join('')}`;
}

export interface Owner {
  readonly pool: Pool;
  readonly user: User;
}

/**
 * Confirms the device that signed in: remembered at once, or once its user says so (DeviceOnlyRememberedOnUserPrompt).
 * `claimed` is the key that the access token names: no other is confirmed by it, and none twice.
 *
 * Throws InvalidUserPoolConfigurationException where the pool remembers no devices, InvalidParameterException for a
 * verifier that is none, ResourceNotFoundException for another key or one that was forgotten, DeviceKeyExistsException.
 */
export async function confirmDevice(
  ctx: Context,
  { pool, user }: Owner,
  claimed: unknown,
  given: {
    readonly key: string;
    readonly name: string | undefined;
    readonly verifier: DeviceSecretVerifierConfigType | undefined;
  },
): Promise<Device> {
  if (!tracksDevices(pool)) throw errors.devicesNotTracked();
  const { key, name } = given;
  if (claimed !== key) throw errors.deviceNotFound();
  const now = ctx.now();
  const device: Device = {
    poolId: pool.id,
    userId: user.id,
    key,
    groupKey: groupKeyOf(ctx, pool.id, user),
    name,
    secret: given.verifier && secretOf(ctx, { pool, user }, key, given.verifier),
    status: pool.settings.DeviceConfiguration?.DeviceOnlyRememberedOnUserPrompt
      ? 'not_remembered'
      : 'remembered',
    createdAt: now,
    modifiedAt: now,
    authenticatedAt: now,
    ip: seenAs(ctx, undefined).ip,
  };
  const result = await ctx.store.devices.insert(device, { most: mostDevices, now, keptUntil: now + memory });
  if (result === 'exists') throw errors.deviceKeyExists();
  if (result === 'forgotten') throw errors.deviceNotFound();
  if (result === 'gone') throw errors.userNotFound();
  return device;
}

/** Longest that clients pad it to is 385 bytes; of salts, 17. */
const longest = { PasswordVerifier: 512, Salt: 64 } as const;

/** Base64 of the integers, in whatever length (developer guide, "Getting a device key"). */
function secretOf(
  ctx: Context,
  owner: Owner,
  key: string,
  given: DeviceSecretVerifierConfigType,
): DeviceSecret {
  const verifier = integerOf(given, 'PasswordVerifier');
  const salt = integerOf(given, 'Salt').toString('hex').replace(/^0+/, '');
  if (salt === '' || !isVerifier(verifier)) throw errors.deviceVerifierInvalid();
  return {
    salt,
    sealed: vaultOf(ctx, owner.pool).seal('device-verifier', boundTo(owner, key, salt), verifier),
  };
}

function integerOf(given: DeviceSecretVerifierConfigType, member: keyof typeof longest): Buffer {
  const text = given[member] ?? '';
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text) && bytes.length > 0;
  if (!isBase64 || bytes.length > longest[member]) throw errors.deviceVerifierInvalid();
  return bytes;
}

const boundTo = ({ pool, user }: Owner, key: string, salt: string) => [pool.id, user.id, key, salt];

/** The verifier of a device; undefined for one that has none, or another device's (security SEC-1). */
export function deviceVerifier(ctx: Context, owner: Owner, { key, secret }: Device): Buffer | undefined {
  return (
    secret &&
    vaultOf(ctx, owner.pool).open('device-verifier', boundTo(owner, key, secret.salt), secret.sealed)
  );
}

/** A device of the user. Another user's does not exist (security AT-6). */
export async function findDevice(ctx: Context, owner: Owner, key: string): Promise<Device | undefined> {
  return ctx.store.devices.find(owner.pool.id, owner.user.id, key);
}

/** As `findDevice`; throws ResourceNotFoundException. */
export async function deviceOf(ctx: Context, owner: Owner, key: string): Promise<Device> {
  const device = await findDevice(ctx, owner, key);
  if (device === undefined) throw errors.deviceNotFound();
  return device;
}

/** Notes that somebody has signed in with the device. ResourceNotFoundException when it was forgotten meanwhile. */
export async function touchDevice(ctx: Context, device: Device, visitor: Visitor | undefined): Promise<void> {
  const seen = { authenticatedAt: ctx.now(), ip: seenAs(ctx, visitor).ip };
  if (!(await ctx.store.devices.touch(device, seen))) throw errors.deviceNotFound();
}

/** Removes a device: it proves nothing any more, and its refresh tokens end. Throws ResourceNotFoundException. */
export async function forgetDevice(ctx: Context, { pool, user }: Owner, key: string): Promise<void> {
  const now = ctx.now();
  const device = { poolId: pool.id, userId: user.id, key };
  if (!(await ctx.store.devices.forget(device, { now, keptUntil: now + memory })))
    throw errors.deviceNotFound();
}

/** Says whether the device is remembered; `undefined` leaves it as it is. Throws ResourceNotFoundException. */
export async function setDeviceStatus(
  ctx: Context,
  owner: Owner,
  key: string,
  status: Device['status'] | undefined,
): Promise<void> {
  if (status === undefined) return void (await deviceOf(ctx, owner, key));
  const device = { poolId: owner.pool.id, userId: owner.user.id, key };
  if (!(await ctx.store.devices.setStatus(device, { status, modifiedAt: ctx.now() })))
    throw errors.deviceNotFound();
}

/** A device as its user sees it in lists; `full` adds what the other operations show, named `dev:…`. */
export function deviceOutput({ pool, user }: Owner, device: Device, shown: 'brief' | 'full'): DeviceType {
  const owner = `${user.username}.${pool.id}`;
  const attributes: Readonly<Record<string, string | undefined>> = {
    device_status: 'valid',
    device_name: device.name,
    ...(shown === 'full' && {
      'dev:device_arn': `arn:aws:cognito-idp:${pool.region}:${pool.account}:owner/${owner}/device/${device.key}`,
      'dev:device_owner': owner,
    }),
    last_ip_used: device.ip,
    ...(shown === 'full' && {
      'dev:device_remembered_status': device.status,
      'dev:device_sdk': 'aws-sdk',
    }),
  };
  return {
    DeviceKey: device.key,
    DeviceAttributes: Object.entries(attributes).flatMap(([Name, Value]) =>
      Value === undefined ? [] : [{ Name, Value }],
    ),
    DeviceCreateDate: wholeSeconds(device.createdAt),
    DeviceLastModifiedDate: wholeSeconds(device.modifiedAt),
    DeviceLastAuthenticatedDate: wholeSeconds(device.authenticatedAt),
  };
}

const wholeSeconds = (time: number) => new Date(Math.floor(time / 1000) * 1000);
