import { StartUserImportJob } from '../../../src/operations/cognito-idp/import-jobs.ts';
import { makeHome } from '../../sign-in.ts';
import { fill } from '../fill.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const job = {
  JobName: 'move in',
  CloudWatchLogsRoleArn: 'arn:aws:iam::000000000000:role/logs',
  PasswordHashingAlgorithm: 'BCRYPT',
} as const;
const file =
  'cognito:username,cognito:mfa_enabled,email,email_verified,password_hash\nada,false,ada@example.com,TRUE,\n';

/** A new job; with its file, unless it is to wait for one. */
async function waiting({ call }: Scene, hasFile = true) {
  const { poolId: UserPoolId } = await makeHome(call, { AutoVerifiedAttributes: ['email'] });
  const { UserImportJob } = await call('CreateUserImportJob', { UserPoolId, ...job });
  const { JobId = '', PreSignedUrl = '' } = UserImportJob ?? {};
  if (hasFile) await fetch(PreSignedUrl, { method: 'PUT', body: file });
  return { UserPoolId, JobId };
}

/** A job that has come to its end. */
async function ended(scene: Scene) {
  const ids = await waiting(scene);
  await scene.call('StartUserImportJob', ids);
  await idle(scene, ids);
  return ids;
}

/** Waits for the end of a job: one is active at a time. */
async function idle({ call }: Scene, ids: { readonly UserPoolId: string; readonly JobId: string }) {
  for (;;) {
    const { UserImportJob } = await call('DescribeUserImportJob', ids);
    if (!['Pending', 'InProgress', 'Stopping'].includes(UserImportJob?.Status ?? '')) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A job that another server runs until the case is over. */
async function running(scene: Scene) {
  const ids = await waiting(scene);
  const { store, now } = scene.ctx;
  await StartUserImportJob({ ...scene.ctx, imports: { wake: () => undefined } }, ids);
  const started = await store.resources.find(ids.UserPoolId, 'import-job', ids.JobId);
  if (started === undefined) throw new Error('the job is not there');
  await store.resources.replace({ ...started, body: { ...started.body, leaseUntil: now() + 60_000 } });
  scene.undo(() => store.resources.delete(ids.UserPoolId, 'import-job', ids.JobId));
  return ids;
}

/** A pool into which users are being imported. */
export const importing = async (scene: Scene): Promise<string> => (await running(scene)).UserPoolId;

export const imports: Table = {
  GetCSVHeader: { answers: [({ home }) => ({ UserPoolId: home.poolId })] },
  CreateUserImportJob: {
    answers: [async ({ call }) => ({ UserPoolId: (await makeHome(call)).poolId, ...job })],
    refusals: {
      LimitExceededException: [
        /^User import jobs cannot exceed limit of \d+ in a user pool\.$/,
        async ({ call }) => {
          const input = { UserPoolId: (await makeHome(call)).poolId, ...job };
          await fill(() => call('CreateUserImportJob', input));
          return input;
        },
      ],
    },
  },
  DescribeUserImportJob: {
    answers: [waiting, ended],
    refusals: {
      ResourceNotFoundException: [
        'User import job import-none does not exist.',
        ({ home }) => ({ UserPoolId: home.poolId, JobId: 'import-none' }),
      ],
    },
  },
  StartUserImportJob: {
    answers: [
      async (scene) => {
        const ids = await waiting(scene);
        scene.undo(() => idle(scene, ids));
        return ids;
      },
    ],
    refusals: {
      PreconditionNotMetException: [
        /^No csv file was uploaded for import-\w{10}$/,
        (scene) => waiting(scene, false),
      ],
    },
  },
  StopUserImportJob: {
    answers: [running],
    refusals: {
      PreconditionNotMetException: [
        /^The status of the user import job import-\w{10} is Created\.$/,
        (scene) => waiting(scene),
      ],
    },
  },
  ListUserImportJobs: {
    answers: [
      async (scene) => {
        const { UserPoolId } = await ended(scene);
        return { UserPoolId, MaxResults: 1 };
      },
      async (scene) => {
        const { UserPoolId } = await waiting(scene);
        await scene.call('CreateUserImportJob', { UserPoolId, ...job });
        return { UserPoolId, MaxResults: 1 };
      },
    ],
  },
};
