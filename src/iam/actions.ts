import { arnOf, arnParts } from './arn.ts';

/** An operation that somebody asks for. */
export interface Asked {
  /** The signing name of the service, which is its prefix in policies too. */
  readonly service: string;
  readonly name: string;
  /** Whether the facts give its input a member of this name. What they do not give, the operation will not see. */
  readonly hasMember: (name: string) => boolean;
  /** Decoded, not validated. */
  readonly input: unknown;
}

export interface Where {
  readonly region: string;
  readonly account: string;
}

/** What a policy must allow before the operation runs. */
export interface NeededAccess {
  /** `cognito-idp:AdminGetUser`. */
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resource. */
  readonly resource: string;
  /** The user pool that the resource is. */
  readonly poolId: string | undefined;
  /** Condition keys that come with the input: the tags that it sets or removes. */
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
}

/** Operations that need no permission: not even a Deny stops them. Source: API reference, GetCallerIdentity; IAM user guide. */
const open: ReadonlySet<string> = new Set(['sts:GetCallerIdentity', 'sts:GetSessionToken']);

/** Actions whose resource is `*` although their input names a pool. Source: Service Authorization Reference. */
const withoutResource: ReadonlySet<string> = new Set([
  'cognito-identity:SetIdentityPoolRoles',
  'cognito-identity:SetPrincipalTagAttributeMap',
]);

/**
 * The action and resource that policies are asked about. Undefined when the operation needs no permission.
 *
 * Only members of the facts are read, so that nobody chooses the resource by a member that the operation ignores. An id
 * that has not the form of one names no resource: who may do it on `*` is told by validation what is wrong. The region
 * in an ARN is that of the id, since the id alone says which pool it is.
 */
export function neededAccess(asked: Asked, where: Where): NeededAccess | undefined {
  const action = `${asked.service}:${asked.name}`;
  if (open.has(action)) return undefined;
  const text = textMembers(asked);
  const poolId = asked.service === 'cognito-idp' ? userPoolIdOf(text) : undefined;
  const resource = withoutResource.has(action) ? undefined : resourceOf(asked, where, text);
  return { action, resource: resource ?? '*', poolId, keys: tagKeys(asked) };
}

type TextMember = (name: string, form: RegExp) => string | undefined;

/** The members of an input that are texts of the form asked for. */
function textMembers({ input, hasMember }: Asked): TextMember {
  return (name, form) => {
    const value = hasMember(name) ? memberOf(input, name) : undefined;
    return typeof value === 'string' && value.length <= 2048 && form.test(value) ? value : undefined;
  };
}

function memberOf(input: unknown, name: string): unknown {
  if (typeof input !== 'object' || input === null || !Object.hasOwn(input, name)) return undefined;
  return (input as Readonly<Record<string, unknown>>)[name];
}

const userPoolForm = /^[\w-]{1,45}_[0-9a-zA-Z]{1,45}$/;
const identityForm = /^[\w-]{1,25}:[0-9a-f-]{1,40}$/;
const datasetForm = /^[a-zA-Z0-9_.:-]{1,128}$/;
const roleForm = /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;
const federatedForm = /^[\w+=,.@-]{2,32}$/;
const any = /^.{1,2048}$/s;

function userPoolIdOf(text: TextMember): string | undefined {
  const id = text('UserPoolId', userPoolForm);
  if (id !== undefined) return id;
  // The pool is that of the id in the ARN; what else stands there must not choose the resource.
  const named = arnParts(text('ResourceArn', any) ?? '')?.[5]?.replace(/^userpool\//, '');
  return named !== undefined && userPoolForm.test(named) ? named : undefined;
}

function resourceOf(asked: Asked, where: Where, text: TextMember): string | undefined {
  const { service } = asked;
  if (service === 'cognito-idp') return ownArn(service, where, userPoolIdOf(text), '_', 'userpool/');
  if (service === 'sts') return stsResource(where, text);
  const pool = text('IdentityPoolId', identityForm) ?? identityPoolInArn(text);
  const arn = ownArn(service, where, pool, ':', 'identitypool/');
  return service === 'cognito-sync' && arn !== undefined ? syncResource(asked, arn, text) : arn;
}

function ownArn(
  service: string,
  { region, account }: Where,
  id: string | undefined,
  separator: string,
  kind: string,
): string | undefined {
  if (id === undefined) return undefined;
  return arnOf(service, id.slice(0, id.lastIndexOf(separator)) || region, account, kind + id);
}

function identityPoolInArn(text: TextMember): string | undefined {
  const named = arnParts(text('ResourceArn', any) ?? '')?.[5]?.replace(/^identitypool\//, '');
  return named !== undefined && identityForm.test(named) ? named : undefined;
}

/** A call that names no data set is one on the data set `null`: so AWS writes it in refusals. Source: reference C6. */
function syncResource({ name, hasMember }: Asked, pool: string, text: TextMember): string | undefined {
  if (!hasMember('IdentityId')) return pool;
  const identity = text('IdentityId', identityForm);
  if (identity === undefined) return undefined;
  if (name === 'ListDatasets') return `${pool}/identity/${identity}/dataset/null`;
  if (!hasMember('DatasetName')) return `${pool}/identity/${identity}`;
  const dataset = text('DatasetName', datasetForm);
  return dataset === undefined ? undefined : `${pool}/identity/${identity}/dataset/${dataset}`;
}

function stsResource({ account }: Where, text: TextMember): string | undefined {
  const federated = text('Name', federatedForm);
  return text('RoleArn', roleForm) ?? (federated && arnOf('sts', '', account, `federated-user/${federated}`));
}

/** `aws:RequestTag/…` and `aws:TagKeys`. */
function tagKeys({ input, hasMember }: Asked): NeededAccess['keys'] {
  const member = ['UserPoolTags', 'IdentityPoolTags', 'Tags'].find(hasMember);
  const tags = member === undefined ? undefined : memberOf(input, member);
  const keys: Record<string, string | readonly string[]> = {};
  if (typeof tags === 'object' && tags !== null && !Array.isArray(tags)) {
    for (const [tag, value] of Object.entries(tags))
      if (typeof value === 'string') keys[`aws:RequestTag/${tag}`] = value;
    keys['aws:TagKeys'] = Object.keys(tags);
  }
  const removed = hasMember('TagKeys') ? memberOf(input, 'TagKeys') : undefined;
  if (Array.isArray(removed)) keys['aws:TagKeys'] = removed.filter((tag) => typeof tag === 'string');
  return keys;
}
