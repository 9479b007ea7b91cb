import { randomInt } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { Device } from '../../store/devices.ts';
import type { Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { deviceOf, devicesStandForMfa, findDevice, newDevice, tracksDevices } from '../device.ts';
import { demandOf } from '../mfa.ts';
import { awaitedName, boundTo, makeSession, sessionLife, stampOf } from '../session.ts';
import { optional } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';

/** As the model has it (API reference: DeviceKeyType). */
const form = /^(?=.{1,55}$)[\w-]+_[0-9a-f-]+$/;

/** DEVICE_KEY of a request, where the pool remembers devices; what has not the form of a key is the key of no device. */
export function deviceKeyOf(pool: Pool, parameters: Parameters): string | undefined {
  if (!tracksDevices(pool)) return undefined;
  const key = optional(parameters, 'DEVICE_KEY');
  return key === undefined || form.test(key) ? key : '-';
}

/**
 * The sign-in of who has proven their password, with its device looked up. ResourceNotFoundException for one that the
 * user does not have, if the present request (`at`) names it; one that an earlier request named is none then: clients
 * that are refused send the same answer again without it.
 */
export async function withDevice(ctx: Context, signIn: SignIn, user: User, at: Place): Promise<SignIn> {
  const { pool, deviceKey } = signIn;
  if (deviceKey === undefined || signIn.device !== undefined) return signIn;
  const find = at.deviceKey === undefined ? findDevice : deviceOf;
  const device = await find(ctx, { pool, user }, deviceKey);
  return { ...signIn, deviceKey: device?.key, device };
}

/**
 * Asks for the proof of a remembered device where a code of a second factor would be asked for, if the pool lets devices
 * stand for it (security MF-8). Undefined where there is no such device, or nothing for which it could stand: it is no
 * substitute for setting a factor up.
 */
export async function deviceInsteadOfFactor(
  ctx: Context,
  signIn: SignIn,
  user: User,
): Promise<Step | undefined> {
  if (!devicesStandForMfa(signIn.pool) || demandOf(signIn.pool, user).for !== 'code') return undefined;
  return deviceChallenge(ctx, signIn, user, false);
}

/** Asks for the proof of a remembered device when a custom flow has come to its end, unless it was given (16). */
export async function lastDeviceChallenge(
  ctx: Context,
  signIn: SignIn,
  user: User,
): Promise<Step | undefined> {
  if (signIn.rounds?.some(({ challengeName }) => challengeName === 'DEVICE_PASSWORD_VERIFIER'))
    return undefined;
  return deviceChallenge(ctx, signIn, user, true);
}

async function deviceChallenge(
  ctx: Context,
  signIn: SignIn,
  user: User,
  isLast: boolean,
): Promise<Step | undefined> {
  const device = await knownDevice(ctx, signIn, user);
  if (device === undefined || !canProveItself(device)) return undefined;
  const awaited = signIn.awaitedBy && (await awaitDevice(ctx, signIn, user, device, signIn.awaitedBy));
  const state = { ...(isLast && { isLast }), ...(awaited && { awaited }) };
  return {
    at: 'challenge',
    challenge: 'DEVICE_SRP_AUTH',
    session: makeSession(ctx, signIn, { user, id: user.id }, 'DEVICE_SRP_AUTH', state),
    parameters: { USERNAME: user.username, DEVICE_KEY: device.key },
  };
}

/**
 * Keeps, for as long as a session lives, that a device is awaited after this step, under a number. Some clients leave out the Session of DEVICE_SRP_AUTH and send the SRP_A of the password's exchange again, others
 * send the session of the code before it: `by` is that A or the id of that session, which nobody else has; after a
 * password in clear its flow, for its clients send nothing else (AWS's Python example of a tracked device).
 *
 * The session has the number too, and it is spent once: with both ways one proof of the password leads to one exchange
 * (security SE-1).
 */
async function awaitDevice(
  ctx: Context,
  signIn: SignIn,
  user: User,
  { key: deviceKey }: Device,
  by: string,
): Promise<number> {
  const until = ctx.now() + sessionLife(signIn.client);
  const mark = markOf(ctx, { ...signIn, deviceKey }, user, by);
  const number = randomInt(1, 2 ** 47);
  await ctx.store.attempts.mark(signIn.pool.id, mark, number, until);
  return number;
}

/** No session serves longer (API reference: AuthSessionValidity). */
const longestLife = 15 * 60_000;

/** Whether the device that the request names is awaited after that step: true for exactly one caller. */
export async function takeAwaited(ctx: Context, place: Place, user: User, by: string): Promise<boolean> {
  const { attempts, spent } = ctx.store;
  const number = await attempts.takeKept(place.pool.id, markOf(ctx, place, user, by), ctx.now());
  if (number === undefined) return false;
  // As long as its session may serve, whatever the client allows by now.
  return spent.spend(place.pool.id, awaitedName(number), ctx.now() + longestLife);
}

function markOf(ctx: Context, place: Place, user: User, by: string): string {
  const parts = [...boundTo(place), user.id, stampOf(user), place.deviceKey ?? '', by];
  return `device:${ctx.vault.mac('device-srp', ...parts).toString('base64url')}`;
}

/** Whether the device is asked for its proof: its user wants it remembered, and it has a secret. */
export const canProveItself = ({ status, secret }: Device): boolean =>
  status === 'remembered' && secret !== undefined;

async function knownDevice(ctx: Context, signIn: SignIn, user: User): Promise<Device | undefined> {
  const { pool, deviceKey, device } = signIn;
  if (deviceKey === undefined || device !== undefined) return device;
  return findDevice(ctx, { pool, user }, deviceKey);
}

/** The device of a sign-in that is about to end in tokens. */
export type SignInDevice =
  | { readonly isNew: false; readonly key: string; readonly device: Device }
  | { readonly isNew: true; readonly key: string; readonly groupKey: string };

/** The one that it named, if the user has it; else a new one. */
export async function deviceAtEnd(ctx: Context, signIn: SignIn, user: User): Promise<SignInDevice> {
  const device = await knownDevice(ctx, signIn, user);
  if (device !== undefined) return { isNew: false, key: device.key, device };
  return { isNew: true, ...newDevice(ctx, signIn.pool, user) };
}
