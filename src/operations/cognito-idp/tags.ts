import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { changePool, poolOf } from '../../domain/pool.ts';
import { checkTags } from '../../domain/pool-rules.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';

/** Adds tags to a pool, or gives those it has another value. Throws InvalidParameterException beyond 50. */
export async function TagResource(ctx: Context, input: TagResourceRequest): Promise<void> {
  await changeTags(ctx, input.ResourceArn, (tags) => ({ ...tags, ...input.Tags }));
}

/** Removes tags from a pool; those that it does not have are left alone. */
export async function UntagResource(
  ctx: Context,
  { ResourceArn, TagKeys }: UntagResourceRequest,
): Promise<void> {
  const gone = new Set(TagKeys);
  await changeTags(ctx, ResourceArn, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
  );
}

export async function ListTagsForResource(
  ctx: Context,
  { ResourceArn }: ListTagsForResourceRequest,
): Promise<ListTagsForResourceResponse> {
  const pool = await poolOf(ctx, poolIdIn(ResourceArn));
  checkArn(ctx, pool, ResourceArn);
  return { Tags: tagsOf(pool) };
}

type Tags = Readonly<Record<string, string>>;

const tagsOf = ({ settings }: Pool): Tags => settings.UserPoolTags ?? {};

async function changeTags(ctx: Context, arn: string, change: (tags: Tags) => Tags): Promise<void> {
  await changePool(ctx, poolIdIn(arn), (pool) => {
    checkArn(ctx, pool, arn);
    const UserPoolTags = change(tagsOf(pool));
    checkTags(UserPoolTags, errors.tooManyTags);
    return { ...pool, settings: { ...pool.settings, UserPoolTags } };
  });
}

/** Only pools have tags. Throws InvalidParameterException for the ARN of anything else. */
function poolIdIn(arn: string): string {
  const id = /^arn:aws[\w-]*:cognito-idp:[^:]+:[^:]+:userpool\/([\w-]+_[0-9a-zA-Z]+)$/.exec(arn)?.[1];
  if (id === undefined) throw errors.notAPoolArn(arn);
  return id;
}

/** The right id under another region or account names another pool, which is not there. */
function checkArn(ctx: Context, pool: Pool, arn: string): void {
  const [, , , region, account] = arn.split(':');
  if (region !== ctx.region || account !== pool.account) throw errors.poolNotFound(pool.id);
}
