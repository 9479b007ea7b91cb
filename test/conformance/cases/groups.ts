import { mostGroups } from '../../../src/domain/group.ts';
import { makeHome } from '../../sign-in.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const staff = {
  Description: 'Those who work here',
  RoleArn: 'arn:aws:iam::000000000000:role/staff',
  Precedence: 1,
};

/** A new group of the home. */
async function group({ call, home, fresh }: Scene): Promise<string> {
  const GroupName = fresh();
  await call('CreateGroup', { UserPoolId: home.poolId, GroupName, ...staff });
  return GroupName;
}

async function member(scene: Scene, GroupName: string): Promise<string> {
  const Username = await scene.user();
  await scene.call('AdminAddUserToGroup', { UserPoolId: scene.home.poolId, GroupName, Username });
  return Username;
}

const noGroup = 'Group not found.';

export const groups: Table = {
  CreateGroup: {
    answers: [({ home, fresh }) => ({ UserPoolId: home.poolId, GroupName: fresh(), ...staff })],
    refusals: {
      LimitExceededException: [
        'Groups cannot exceed limit of 10000 in a user pool.',
        async ({ call, ctx }) => {
          const { poolId } = await makeHome(call);
          const [createdAt, modifiedAt] = [ctx.now(), ctx.now()];
          for (let at = 0; at < mostGroups; at += 1)
            await ctx.store.groups.insert({ poolId, name: `g${at}`, version: 1, createdAt, modifiedAt });
          return { UserPoolId: poolId, GroupName: 'another' };
        },
      ],
      GroupExistsException: [
        'A group with the name already exists.',
        async (scene) => ({ UserPoolId: scene.home.poolId, GroupName: await group(scene) }),
      ],
    },
  },
  GetGroup: {
    answers: [async (scene) => ({ UserPoolId: scene.home.poolId, GroupName: await group(scene) })],
    refusals: {
      ResourceNotFoundException: [noGroup, ({ home }) => ({ UserPoolId: home.poolId, GroupName: 'none' })],
    },
  },
  UpdateGroup: {
    answers: [
      async (scene) => ({ UserPoolId: scene.home.poolId, GroupName: await group(scene), Precedence: 2 }),
    ],
    refusals: {
      ResourceNotFoundException: [noGroup, ({ home }) => ({ UserPoolId: home.poolId, GroupName: 'none' })],
    },
  },
  DeleteGroup: {
    answers: [async (scene) => ({ UserPoolId: scene.home.poolId, GroupName: await group(scene) })],
    refusals: {
      ResourceNotFoundException: [noGroup, ({ home }) => ({ UserPoolId: home.poolId, GroupName: 'none' })],
    },
  },
  ListGroups: {
    answers: [
      async (scene) => {
        await group(scene);
        await group(scene);
        return { UserPoolId: scene.home.poolId, Limit: 1 };
      },
    ],
  },
  AdminAddUserToGroup: {
    answers: [
      async (scene) => ({
        UserPoolId: scene.home.poolId,
        GroupName: await group(scene),
        Username: await scene.user(),
      }),
    ],
  },
  AdminRemoveUserFromGroup: {
    answers: [
      async (scene) => {
        const GroupName = await group(scene);
        return { UserPoolId: scene.home.poolId, GroupName, Username: await member(scene, GroupName) };
      },
    ],
  },
  AdminListGroupsForUser: {
    answers: [
      async (scene) => {
        const Username = await member(scene, await group(scene));
        const ids = { UserPoolId: scene.home.poolId, Username };
        await scene.call('AdminAddUserToGroup', { ...ids, GroupName: await group(scene) });
        return { ...ids, Limit: 1 };
      },
    ],
  },
  ListUsersInGroup: {
    answers: [
      async (scene) => {
        const GroupName = await group(scene);
        const Username = await scene.user([{ Name: 'phone_number', Value: '+12065550100' }]);
        const ids = { UserPoolId: scene.home.poolId, Username };
        await scene.call('AdminSetUserSettings', {
          ...ids,
          MFAOptions: [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }],
        });
        await scene.call('AdminAddUserToGroup', { ...ids, GroupName });
        await member(scene, GroupName);
        return { UserPoolId: scene.home.poolId, GroupName, Limit: 1 };
      },
    ],
  },
};
