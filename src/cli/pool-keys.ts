import { readConfig } from '../config.ts';
import type { Config, Flags } from '../config.ts';
import { changeKeys, isDestroyed, poolsWithKey } from '../domain/pool-key.ts';
import type { Pool, PoolKey } from '../store/pools.ts';
import type { Store } from '../store/store.ts';
import { asAct } from './act.ts';
import { CommandError } from './command-error.ts';
import { existingStore } from './existing-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Works on the data folder or the database itself: a server that runs on it sees the change within a second. */
async function opened(
  flags: Flags,
  env: Environment,
  work: (parts: { readonly config: Config; readonly store: Store }) => Promise<void>,
): Promise<void> {
  const config = readConfig({ mode: 'serve', flags, env });
  const store = await existingStore(config);
  try {
    await work({ config, store });
  } finally {
    await store.close();
  }
}

/** Lists the keys of all pools, former ones too, by pool and age. */
export async function list(flags: Flags & { readonly json?: string }, env: Environment): Promise<void> {
  await opened(flags, env, async ({ store }) => {
    const shown = (await poolsWithKey({ store })).flatMap(({ id: UserPoolId, region: Region, kms }) =>
      (kms?.keys ?? []).map((key) => ({
        KmsKeyArn: key.arn,
        UserPoolId,
        Region,
        KeyState: stateOf(key),
        Current: key.id === kms?.current,
        CreationDate: new Date(key.createdAt).toISOString(),
      })),
    );
    if (flags.json) {
      print(JSON.stringify(shown, undefined, 2));
      return;
    }
    for (const { KmsKeyArn, UserPoolId, KeyState, Current, CreationDate } of shown) {
      const use = Current ? 'current' : 'former';
      print([UserPoolId, KeyState.padEnd(9), use.padEnd(7), CreationDate.slice(0, 10), KmsKeyArn].join('  '));
    }
  });
}

/** As AWS KMS names them. */
function stateOf(key: PoolKey): 'Enabled' | 'Disabled' | 'Destroyed' {
  if (isDestroyed(key)) return 'Destroyed';
  return key.disabled ? 'Disabled' : 'Enabled';
}

/** Disables the keys of an ARN, or enables them again; on every server within a second. */
export async function setEnabled(
  arn: string,
  enabled: boolean,
  flags: Flags,
  env: Environment,
): Promise<void> {
  await opened(flags, env, async (parts) => {
    const ids = await poolsLeft(parts, arn);
    const change = enabled ? 'enable' : 'disable';
    const doing = () => ({ operation: `keys pool ${change}`, key: arn });
    await asAct(parts, doing, () => changeKeys(parts, arn, change));
    print(`${arn} is ${enabled ? 'enabled' : 'disabled'} in ${ids}.`);
  });
}

/** Destroys the keys of an ARN. There is no way back: without `--yes` it says so and does nothing. */
export async function destroy(
  arn: string,
  flags: Flags & { readonly yes?: string },
  env: Environment,
): Promise<void> {
  await opened(flags, env, async (parts) => {
    const ids = await poolsLeft(parts, arn);
    if (!flags.yes)
      throw new CommandError(
        `Passwords, signing keys, client secrets and all else that ${arn} sealed in ${ids} would be lost for good. ` +
          'Nothing was done; --yes does it.',
      );
    const doing = () => ({ operation: 'keys pool destroy', key: arn });
    await asAct(parts, doing, () => changeKeys(parts, arn, 'destroy'));
    print(`${arn} is destroyed in ${ids}.`);
  });
}

/** The pools that have the key still. */
async function poolsLeft(parts: { readonly store: Store }, arn: string): Promise<string> {
  const pools = await poolsWithKey(parts, arn);
  if (pools.length === 0) throw new CommandError(`No user pool has a key ${arn}.`);
  const left = pools.filter((pool) => hasStill(pool, arn));
  if (left.length === 0) throw new CommandError(`${arn} is destroyed.`);
  return left.map(({ id }) => id).join(', ');
}

const hasStill = ({ kms }: Pool, arn: string): boolean =>
  kms?.keys.some((key) => key.arn === arn && !isDestroyed(key)) ?? false;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
