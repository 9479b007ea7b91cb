import type {
  AdminAddUserToGroupRequest,
  AdminListGroupsForUserRequest,
  AdminListGroupsForUserResponse,
  AdminRemoveUserFromGroupRequest,
  CreateGroupRequest,
  CreateGroupResponse,
  DeleteGroupRequest,
  GetGroupRequest,
  GetGroupResponse,
  GroupType,
  ListGroupsRequest,
  ListGroupsResponse,
  ListUsersInGroupRequest,
  ListUsersInGroupResponse,
  UpdateGroupRequest,
  UpdateGroupResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { addToGroup, changeGroup, groupOf, mostGroups } from '../../domain/group.ts';
import { newVersion } from '../../domain/ids.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { poolOf } from '../../domain/pool.ts';
import { userOf } from '../../domain/user.ts';
import * as errors from '../../errors.ts';
import type { Group } from '../../store/groups.ts';
import type { Position } from '../../store/store.ts';
import { userOutput } from './output.ts';

/**
 * Makes a group. Of two callers with one name one gets GroupExistsException. The role is taken by the form of its ARN.
 * LimitExceededException for a pool with as many as may be.
 */
export async function CreateGroup(ctx: Context, input: CreateGroupRequest): Promise<CreateGroupResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const now = ctx.now();
  const group: Group = {
    poolId: pool.id,
    name: input.GroupName,
    version: newVersion(),
    description: input.Description,
    roleArn: input.RoleArn,
    precedence: input.Precedence,
    createdAt: now,
    modifiedAt: now,
  };
  if (!(await ctx.store.groups.insert(group, mostGroups))) throw await whyNot(ctx, group);
  return { Group: groupOutput(group) };
}

async function whyNot(ctx: Context, { poolId, name }: Group): Promise<errors.ApiError> {
  const isThere = (await ctx.store.groups.find(poolId, name)) !== undefined;
  if (isThere) return errors.groupExists();
  await poolOf(ctx, poolId);
  return errors.tooManyInPool('Groups', mostGroups);
}

export async function GetGroup(ctx: Context, input: GetGroupRequest): Promise<GetGroupResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  return { Group: groupOutput(await groupOf(ctx, pool, input.GroupName)) };
}

/** Changes a group; what is left out is kept. */
export async function UpdateGroup(ctx: Context, input: UpdateGroupRequest): Promise<UpdateGroupResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const changed = await changeGroup(ctx, pool, input.GroupName, (group) => ({
    ...group,
    description: input.Description ?? group.description,
    roleArn: input.RoleArn ?? group.roleArn,
    precedence: input.Precedence ?? group.precedence,
  }));
  return { Group: groupOutput(changed) };
}

/** Deletes a group, also while it has members. */
export async function DeleteGroup(ctx: Context, input: DeleteGroupRequest): Promise<void> {
  const pool = await poolOf(ctx, input.UserPoolId);
  if (!(await ctx.store.groups.delete(pool.id, input.GroupName))) throw errors.groupNotFound();
}

export async function ListGroups(ctx: Context, input: ListGroupsRequest): Promise<ListGroupsResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const page = pageRequest(ctx, 'ListGroups', [pool.id], input.Limit, input.NextToken);
  const { items, next } = await ctx.store.groups.list(pool.id, page);
  return { Groups: items.map(groupOutput), NextToken: nextToken(ctx, 'ListGroups', [pool.id], next) };
}

/** Adds a user to a group; who is a member stays one. */
export async function AdminAddUserToGroup(ctx: Context, input: AdminAddUserToGroupRequest): Promise<void> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx, pool, input.Username);
  await addToGroup(ctx, pool, user, input.GroupName);
}

/** Takes a user out of a group; who is not a member is left alone. */
export async function AdminRemoveUserFromGroup(
  ctx: Context,
  input: AdminRemoveUserFromGroupRequest,
): Promise<void> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx, pool, input.Username);
  const group = await groupOf(ctx, pool, input.GroupName);
  await ctx.store.groups.removeMember(pool.id, group.name, user.id);
}

/** The groups of a user by precedence, those without one last; those of one precedence by name. */
export async function AdminListGroupsForUser(
  ctx: Context,
  input: AdminListGroupsForUserRequest,
): Promise<AdminListGroupsForUserResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx, pool, input.Username);
  const bound = [pool.id, user.id];
  const { limit, after } = pageRequest(ctx, 'AdminListGroupsForUser', bound, input.Limit, input.NextToken);
  const groups = await ctx.store.groups.ofUser(pool.id, user.id);
  const rest = after === undefined ? groups : groups.filter((group) => isAfter(group, after));
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  const next = rest.length > limit && last !== undefined ? [precedenceOf(last), last.name] : undefined;
  return {
    Groups: shown.map(groupOutput),
    NextToken: nextToken(ctx, 'AdminListGroupsForUser', bound, next),
  };
}

/** Those without one come after all others. */
const precedenceOf = ({ precedence = 2 ** 31 }: Group) => precedence;

/** In the order in which the store gives the groups of a user. */
function isAfter(group: Group, [precedence = 0, name = '']: Position): boolean {
  const difference = precedenceOf(group) - Number(precedence);
  if (difference !== 0) return difference > 0;
  return Buffer.compare(Buffer.from(group.name), Buffer.from(String(name))) > 0;
}

/** The members of a group in the order in which they joined. */
export async function ListUsersInGroup(
  ctx: Context,
  input: ListUsersInGroupRequest,
): Promise<ListUsersInGroupResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const group = await groupOf(ctx, pool, input.GroupName);
  const bound = [pool.id, group.name];
  const page = pageRequest(ctx, 'ListUsersInGroup', bound, input.Limit, input.NextToken);
  const { items, next } = await ctx.store.groups.members(pool.id, group.name, page);
  return {
    Users: items.map((user) => userOutput(user)),
    NextToken: nextToken(ctx, 'ListUsersInGroup', bound, next),
  };
}

function groupOutput(group: Group): GroupType {
  return {
    GroupName: group.name,
    UserPoolId: group.poolId,
    Description: group.description,
    RoleArn: group.roleArn,
    Precedence: group.precedence,
    LastModifiedDate: new Date(group.modifiedAt),
    CreationDate: new Date(group.createdAt),
  };
}
