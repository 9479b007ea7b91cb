import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdminAddUserToGroup } from './groups.ts';
import type { TestContext } from 'node:test';
import { testServer } from '../../../test/test-server.ts';

const GroupName = 'admins';
const role = 'arn:aws:iam::123456789012:role/admin';
const noGroup = { code: 'ResourceNotFoundException', message: 'Group not found.' };
const noUser = { code: 'UserNotFoundException', message: 'User does not exist.' };

async function poolOfTest(t: TestContext) {
  const server = await testServer(t);
  const { UserPool } = await server.call('CreateUserPool', { PoolName: 'pool' });
  const UserPoolId = UserPool?.Id ?? '';
  const invite = (Username: string) =>
    server.call('AdminCreateUser', { UserPoolId, Username, MessageAction: 'SUPPRESS' });
  return { ...server, UserPoolId, invite };
}

test('a group: made, changed, read, deleted', async (t) => {
  const { call, clock, UserPoolId } = await poolOfTest(t);
  const { Group = {} } = await call('CreateGroup', { UserPoolId, GroupName });
  const { CreationDate, LastModifiedDate, ...rest } = Group;
  assert.deepEqual(rest, { GroupName, UserPoolId });
  assert.equal(LastModifiedDate, CreationDate);

  clock.advance(60_000);
  await call('UpdateGroup', { UserPoolId, GroupName, RoleArn: role, Precedence: 0 });
  const updated = await call('UpdateGroup', { UserPoolId, GroupName, Description: 'who may all' });
  const { LastModifiedDate: changed, ...after } = updated.Group ?? {};
  assert.ok(Number(changed) >= Number(CreationDate) + 60);
  // What is left out is kept.
  const kept = { RoleArn: role, Precedence: 0, Description: 'who may all', CreationDate };
  assert.deepEqual(after, { GroupName, UserPoolId, ...kept });
  assert.deepEqual((await call('GetGroup', { UserPoolId, GroupName })).Group, updated.Group);

  await call('DeleteGroup', { UserPoolId, GroupName });
  for (const operation of ['GetGroup', 'UpdateGroup', 'DeleteGroup', 'ListUsersInGroup'] as const)
    await assert.rejects(call(operation, { UserPoolId, GroupName }), noGroup);
});

test('of many who make a group at once one does', async (t) => {
  const { call, UserPoolId } = await poolOfTest(t);
  const make = () => call('CreateGroup', { UserPoolId, GroupName });
  const results = await Promise.allSettled(Array.from({ length: 6 }, make));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  await assert.rejects(make(), {
    code: 'GroupExistsException',
    message: 'A group with the name already exists.',
  });
  // Names of groups tell letter cases apart.
  await call('CreateGroup', { UserPoolId, GroupName: 'Admins' });
});

test('a change that was under way brings nothing of a deleted group to one of its name', async (t) => {
  const { call, ctx, UserPoolId } = await poolOfTest(t);
  const id = { UserPoolId, GroupName };
  await call('CreateGroup', { ...id, RoleArn: role });
  const { groups } = ctx.store;
  const replace = groups.replace.bind(groups);
  const { mock } = t.mock.method(groups, 'replace', async (...given: Parameters<typeof replace>) => {
    mock.restore();
    await call('DeleteGroup', id);
    await call('CreateGroup', id);
    return replace(...given);
  });
  await call('UpdateGroup', { ...id, Precedence: 1 });
  const { Group } = await call('GetGroup', id);
  assert.deepEqual([Group?.Precedence, Group?.RoleArn], [1, undefined]);
});

test('a precedence below zero is refused', async (t) => {
  const { call, UserPoolId } = await poolOfTest(t);
  await assert.rejects(call('CreateGroup', { UserPoolId, GroupName, Precedence: -1 }), {
    code: 'InvalidParameterException',
    message:
      "1 validation error detected: Value '-1' at 'precedence' failed to satisfy constraint: Member must have value greater than or equal to 0",
  });
  await assert.rejects(call('ListGroups', { UserPoolId, Limit: -2 }), { code: 'InvalidParameterException' });
});

test('members join once and leave', async (t) => {
  const { call, UserPoolId, invite } = await poolOfTest(t);
  const { User } = await invite('ada');
  await call('CreateGroup', { UserPoolId, GroupName });
  const member = { UserPoolId, GroupName, Username: 'ada' };
  await call('AdminAddUserToGroup', member);
  await call('AdminAddUserToGroup', member);
  const listed = await call('ListUsersInGroup', { UserPoolId, GroupName });
  assert.deepEqual(listed, { Users: [User] });

  await call('AdminRemoveUserFromGroup', member);
  await call('AdminRemoveUserFromGroup', member);
  assert.deepEqual(await call('ListUsersInGroup', { UserPoolId, GroupName }), { Users: [] });
});

test('nobody joins what is not there', async (t) => {
  const { call, UserPoolId, invite } = await poolOfTest(t);
  await invite('ada');
  await call('CreateGroup', { UserPoolId, GroupName });
  for (const operation of ['AdminAddUserToGroup', 'AdminRemoveUserFromGroup'] as const) {
    await assert.rejects(call(operation, { UserPoolId, GroupName, Username: 'bob' }), noUser);
    await assert.rejects(call(operation, { UserPoolId, GroupName: 'none', Username: 'ada' }), noGroup);
  }
  await assert.rejects(call('AdminListGroupsForUser', { UserPoolId, Username: 'bob' }), noUser);
});

test('AT-7 nobody inherits a membership', async (t) => {
  const { call, UserPoolId, invite } = await poolOfTest(t);
  const member = { UserPoolId, GroupName, Username: 'ada' };
  await invite('ada');
  await call('CreateGroup', { UserPoolId, GroupName });
  await call('AdminAddUserToGroup', member);
  await call('DeleteGroup', { UserPoolId, GroupName });
  await call('CreateGroup', { UserPoolId, GroupName });
  assert.deepEqual(await call('ListUsersInGroup', { UserPoolId, GroupName }), { Users: [] });

  await call('AdminAddUserToGroup', member);
  await call('AdminDeleteUser', { UserPoolId, Username: 'ada' });
  await invite('ada');
  assert.deepEqual(await call('AdminListGroupsForUser', { UserPoolId, Username: 'ada' }), { Groups: [] });
});

test('the groups of a user by precedence, in pages', async (t) => {
  const { call, UserPoolId, invite } = await poolOfTest(t);
  await invite('ada');
  for (const [name, Precedence] of [['none'], ['second', 2], ['also', 1], ['first', 0]] as const) {
    await call('CreateGroup', { UserPoolId, GroupName: name, Precedence });
    await call('AdminAddUserToGroup', { UserPoolId, GroupName: name, Username: 'ada' });
  }
  const names: unknown[] = [];
  let NextToken: string | undefined;
  do {
    const page = await call('AdminListGroupsForUser', {
      UserPoolId,
      Username: 'ada',
      Limit: 3,
      NextToken,
    });
    names.push(page.Groups?.map((group) => group.GroupName));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(names, [['first', 'also', 'second'], ['none']]);
});

test('a user is in a hundred groups at most', async (t) => {
  const { call, ctx, UserPoolId, invite } = await poolOfTest(t);
  const { User } = await invite('ada');
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  for (let n = 0; n < 100; n += 1) {
    const name = `group${n}`;
    const group = { poolId: UserPoolId, name, version: 1, createdAt: 0, modifiedAt: 0 };
    assert.ok(await ctx.store.groups.insert(group));
    assert.ok(await ctx.store.groups.addMember(UserPoolId, name, sub, 0));
  }
  await call('CreateGroup', { UserPoolId, GroupName });
  const join = (name: string) =>
    call('AdminAddUserToGroup', { UserPoolId, GroupName: name, Username: 'ada' });
  await assert.rejects(join(GroupName), { code: 'InvalidParameterException' });
  await join('group7');

  // The refusal is the same when the user leaves a group before it is told.
  const { groups } = ctx.store;
  const addMember: typeof groups.addMember = async (...membership) => {
    const isAdded = await groups.addMember(...membership);
    await groups.removeMember(UserPoolId, 'group8', sub);
    return isAdded;
  };
  const late = { ...ctx, store: { ...ctx.store, groups: { ...groups, addMember } } };
  await assert.rejects(AdminAddUserToGroup(late, { UserPoolId, GroupName, Username: 'ada' }), {
    code: 'InvalidParameterException',
    message: 'A user cannot be in more than 100 groups',
  });
  await join(GroupName);
});

test('AdminListGroupsForUser: nothing twice and nothing lost, while groups come and go', async (t) => {
  const { call, UserPoolId, invite } = await poolOfTest(t);
  await invite('ada');
  const of = (GroupName: string) => ({ UserPoolId, GroupName, Username: 'ada' });
  const join = async (GroupName: string, Precedence?: number) => {
    await call('CreateGroup', { UserPoolId, GroupName, Precedence });
    await call('AdminAddUserToGroup', of(GroupName));
  };
  for (const name of ['b', 'd']) await join(name, 1);
  for (const name of ['c', '\u{1f600}', '\u{ff5a}']) await join(name);
  const pages: (string | undefined)[][] = [];
  let NextToken: string | undefined;
  const turn = async () => {
    const page = await call('AdminListGroupsForUser', {
      UserPoolId,
      Username: 'ada',
      Limit: 2,
      NextToken,
    });
    pages.push(page.Groups?.map(({ GroupName }) => GroupName) ?? []);
    NextToken = page.NextToken;
  };
  await turn();
  // One that was shown goes, and one comes in before it.
  await call('AdminRemoveUserFromGroup', of('d'));
  await join('a', 1);
  await turn();
  await join('0', 0);
  await turn();
  assert.deepEqual(pages, [['b', 'd'], ['c', '\u{ff5a}'], ['\u{1f600}']]);
  assert.equal(NextToken, undefined);
});

test('ListGroups and ListUsersInGroup: pages, bound to their list', async (t) => {
  const { call, UserPoolId, invite } = await poolOfTest(t);
  for (const name of ['b', 'a']) {
    await call('CreateGroup', { UserPoolId, GroupName: name });
    await invite(`user-${name}`);
  }
  const first = await call('ListGroups', { UserPoolId, Limit: 1 });
  const { NextToken = '' } = first;
  const rest = await call('ListGroups', { UserPoolId, Limit: 1, NextToken });
  const names = [first, rest].map(({ Groups }) => Groups?.map((group) => group.GroupName));
  assert.deepEqual(names, [['a'], ['b']]);
  assert.equal(rest.NextToken, undefined);

  for (const name of ['a', 'b'])
    for (const user of ['user-b', 'user-a'])
      await call('AdminAddUserToGroup', { UserPoolId, GroupName: name, Username: user });
  const members = await call('ListUsersInGroup', { UserPoolId, GroupName: 'a', Limit: 1 });
  const next = { UserPoolId, Limit: 1, NextToken: members.NextToken ?? '' };
  const more = await call('ListUsersInGroup', { ...next, GroupName: 'a' });
  const users = [members, more].map(({ Users }) => Users?.map(({ Username = '' }) => Username) ?? []);
  assert.deepEqual(users.flat().sort(), ['user-a', 'user-b']);
  const refusal = { code: 'InvalidParameterException', message: 'Invalid pagination token' };
  await assert.rejects(call('ListUsersInGroup', { ...next, GroupName: 'b' }), refusal);
  await assert.rejects(call('ListGroups', next), refusal);
});
