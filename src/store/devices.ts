import type { DeviceRememberedStatusType } from '../api/cognito-idp.ts';
import type { Page, PageRequest } from './store.ts';

/** A device that a user has confirmed (API reference: DeviceType). */
export interface Device {
  readonly poolId: string;
  readonly userId: string;
  /** `<region>_<uuid>`. */
  readonly key: string;
  /** What stands for the pool in the device's SRP. */
  readonly groupKey: string;
  readonly name?: string | undefined;
  /** Absent for a device that cannot prove itself: it was confirmed without a verifier. */
  readonly secret?: DeviceSecret | undefined;
  readonly status: DeviceRememberedStatusType;
  readonly createdAt: number;
  /** When the status was set. */
  readonly modifiedAt: number;
  /** When somebody last signed in with it. */
  readonly authenticatedAt: number;
  readonly ip: string;
}

export interface DeviceSecret {
  /** Lower-case hex of the integer, without leading zeros. */
  readonly salt: string;
  /** g^x mod N under the vault (purpose `device-verifier`, bound to pool, user, device and salt). */
  readonly sealed: string;
}

type DeviceId = Pick<Device, 'poolId' | 'userId' | 'key'>;

/** Devices of users. One that is gone is remembered as a family of tokens that has ended, for as long as is said. */
export interface DeviceStore {
  find(poolId: string, userId: string, key: string): Promise<Device | undefined>;
  /**
   * Adds the device: of any number of callers with one key one wins. Of the others of the user those that were used least
   * recently go until there are no more than `most` with this one, exactly. `forgotten`: it was here before; `gone`: its
   * user is.
   */
  insert(
    device: Device,
    options: { readonly most: number; readonly now: number; readonly keptUntil: number },
  ): Promise<'inserted' | 'exists' | 'forgotten' | 'gone'>;
  /** Somebody has signed in with it. False if it is gone. */
  touch(device: DeviceId, seen: Pick<Device, 'authenticatedAt' | 'ip'>): Promise<boolean>;
  /** False if it is gone. */
  setStatus(device: DeviceId, set: Pick<Device, 'status' | 'modifiedAt'>): Promise<boolean>;
  /** Removes the device. False if it is gone already. */
  forget(device: DeviceId, options: { readonly now: number; readonly keptUntil: number }): Promise<boolean>;
  /** A user's devices, by time of creation. */
  ofUser(poolId: string, userId: string, page: PageRequest): Promise<Page<Device>>;
}
