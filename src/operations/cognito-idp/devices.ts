import type {
  AdminForgetDeviceRequest,
  AdminGetDeviceRequest,
  AdminGetDeviceResponse,
  AdminListDevicesRequest,
  AdminListDevicesResponse,
  AdminUpdateDeviceStatusRequest,
  ConfirmDeviceRequest,
  ConfirmDeviceResponse,
  ForgetDeviceRequest,
  GetDeviceRequest,
  GetDeviceResponse,
  ListDevicesRequest,
  ListDevicesResponse,
  UpdateDeviceStatusRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { userOfAccessToken } from '../../domain/access-token.ts';
import type { Bearer } from '../../domain/access-token.ts';
import { confirmDevice, deviceOf, deviceOutput, forgetDevice, setDeviceStatus } from '../../domain/device.ts';
import type { Owner } from '../../domain/device.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { poolOf } from '../../domain/pool.ts';
import { findUser, userOf } from '../../domain/user.ts';
import * as errors from '../../errors.ts';

/**
 * Puts on record the device with which the user has just signed in: the one that their access token names. What it proves
 * itself with later is the verifier of a password that it keeps to itself.
 *
 * `UserConfirmationNecessary` where devices are remembered only when their user says so, by UpdateDeviceStatus.
 */
export async function ConfirmDevice(
  ctx: Context,
  input: ConfirmDeviceRequest,
): Promise<ConfirmDeviceResponse> {
  const { pool, user, claims } = await userOfAccessToken(ctx, input.AccessToken);
  const device = await confirmDevice(ctx, { pool, user }, claims['device_key'], {
    key: input.DeviceKey,
    name: input.DeviceName,
    verifier: input.DeviceSecretVerifierConfig,
  });
  return { UserConfirmationNecessary: device.status !== 'remembered' };
}

/** A device of the user who is signed in. */
export async function GetDevice(ctx: Context, input: GetDeviceRequest): Promise<GetDeviceResponse> {
  const owner = await bearerOf(ctx, input.AccessToken);
  return { Device: deviceOutput(owner, await deviceOf(ctx, owner, input.DeviceKey), 'full') };
}

/** The devices of the user who is signed in, oldest first. */
export async function ListDevices(ctx: Context, input: ListDevicesRequest): Promise<ListDevicesResponse> {
  const owner = await userOfAccessToken(ctx, input.AccessToken);
  return listOf(ctx, 'ListDevices', owner, input, 'brief');
}

/** Remembers a device of the user who is signed in, or does no longer. Without a status nothing changes. */
export async function UpdateDeviceStatus(
  ctx: Context,
  input: UpdateDeviceStatusRequest,
): Promise<Record<string, never>> {
  const owner = await userOfAccessToken(ctx, input.AccessToken);
  await setDeviceStatus(ctx, owner, input.DeviceKey, input.DeviceRememberedStatus);
  return {};
}

/** Removes a device of the user who is signed in; its refresh tokens end with it. */
export async function ForgetDevice(ctx: Context, input: ForgetDeviceRequest): Promise<void> {
  await forgetDevice(ctx, await bearerOf(ctx, input.AccessToken), input.DeviceKey);
}

/** The model does not ask for the token, and there is no other way to say whose device is meant. */
async function bearerOf(ctx: Context, token: string | undefined): Promise<Bearer> {
  if (token === undefined) throw errors.missingParameter('AccessToken');
  return userOfAccessToken(ctx, token);
}

/** A device of a user. */
export async function AdminGetDevice(
  ctx: Context,
  input: AdminGetDeviceRequest,
): Promise<AdminGetDeviceResponse> {
  const owner = await ownerOf(ctx, input);
  return { Device: deviceOutput(owner, await deviceOf(ctx, owner, input.DeviceKey), 'full') };
}

/** The devices of a user, oldest first. */
export async function AdminListDevices(
  ctx: Context,
  input: AdminListDevicesRequest,
): Promise<AdminListDevicesResponse> {
  return listOf(ctx, 'AdminListDevices', await ownerOf(ctx, input), input, 'full');
}

/** These two operations do not declare UserNotFoundException. */
async function ownerOf(
  ctx: Context,
  { UserPoolId, Username }: Pick<AdminGetDeviceRequest, 'UserPoolId' | 'Username'>,
): Promise<Owner> {
  const pool = await poolOf(ctx, UserPoolId);
  const user = await findUser(ctx, pool, Username);
  if (user === undefined) throw errors.userOfDevicesNotFound();
  return { pool, user };
}

/** Remembers a device of a user, or does no longer. */
export async function AdminUpdateDeviceStatus(
  ctx: Context,
  input: AdminUpdateDeviceStatusRequest,
): Promise<Record<string, never>> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx, pool, input.Username);
  await setDeviceStatus(ctx, { pool, user }, input.DeviceKey, input.DeviceRememberedStatus);
  return {};
}

/** Removes a device of a user; its refresh tokens end with it. */
export async function AdminForgetDevice(ctx: Context, input: AdminForgetDeviceRequest): Promise<void> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx, pool, input.Username);
  await forgetDevice(ctx, { pool, user }, input.DeviceKey);
}

async function listOf(
  ctx: Context,
  operation: string,
  owner: Owner,
  { Limit, PaginationToken }: Pick<ListDevicesRequest, 'Limit' | 'PaginationToken'>,
  shown: 'brief' | 'full',
): Promise<ListDevicesResponse> {
  const bound = [owner.pool.id, owner.user.id];
  const page = pageRequest(ctx, operation, bound, Limit, PaginationToken);
  const { items, next } = await ctx.store.devices.ofUser(owner.pool.id, owner.user.id, page);
  return {
    Devices: items.map((device) => deviceOutput(owner, device, shown)),
    PaginationToken: nextToken(ctx, operation, bound, next),
  };
}
