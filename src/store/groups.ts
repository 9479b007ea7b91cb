import type { Page, PageRequest } from './store.ts';
import type { User } from './users.ts';

export interface Group {
  readonly poolId: string;
  readonly name: string;
  readonly version: number;
  readonly description?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly precedence?: number | undefined;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface GroupStore {
  find(poolId: string, name: string): Promise<Group | undefined>;
  /** False if the name is taken, the pool is gone, or it has `most` groups, exactly. */
  insert(group: Group, most?: number): Promise<boolean>;
  replace(group: Group): Promise<boolean>;
  /** Removes the group and its memberships. */
  delete(poolId: string, name: string): Promise<boolean>;
  /** By name. */
  list(poolId: string, page: PageRequest): Promise<Page<Group>>;
  /** All groups of a user, by precedence (none last), then by name: the order of `cognito:groups`. */
  ofUser(poolId: string, userId: string): Promise<readonly Group[]>;
  /**
   * False when the group or the user is gone, or the user is in `most` groups, exactly; true also when the user was a
   * member before.
   */
  addMember(poolId: string, name: string, userId: string, now: number, most?: number): Promise<boolean>;
  removeMember(poolId: string, name: string, userId: string): Promise<void>;
  /** In the order of joining. */
  members(poolId: string, name: string, page: PageRequest): Promise<Page<User>>;
}
