import type { Caller, Context } from '../context.ts';
import {
  accessDenied,
  accessKeyInvalid,
  authenticationMissing,
  sessionTokenInvalid,
  signatureIncomplete,
  signatureMismatch,
  signatureRefused,
} from '../errors.ts';
import { userArn } from '../iam/access-keys.ts';
import { neededAccess } from '../iam/actions.ts';
import type { NeededAccess } from '../iam/actions.ts';
import { arnOf } from '../iam/arn.ts';
import { ambiguousKey, denialMessage, evaluate, requestKeys } from '../iam/evaluate.ts';
import { OpenedKeys } from '../iam/opened-keys.ts';
import type { OpenedKey } from '../iam/opened-keys.ts';
import { queryPairs } from '../iam/canonical.ts';
import { checkSignature, readSignature } from '../iam/sigv4.ts';
import type { ServiceName } from './facts.ts';
import { factsOf } from './facts.ts';
import type { Authorize, Authorized, Request, RequestedOperation } from './wire.ts';

export interface AuthorizeParts extends Pick<Context, 'store' | 'vault' | 'settings' | 'now'> {
  /** The region that the host name of a request stands for, if it stands for one. */
  readonly regionOf: (request: Request) => string | undefined;
  /** Clients reach this server by TLS only: what `aws:SecureTransport` tells policies. */
  readonly secureTransport: boolean;
}

/**
 * Says who signed a request and whether they may do what it asks. Operations that nobody signs pass, whatever signature
 * they bear. A signed operation without a signature is refused in both modes.
 */
export function createAuthorize(parts: AuthorizeParts): Authorize {
  const signed = parts.settings.mode === 'dev' ? anyCredentials(parts) : verified(parts);
  return (request, operation, proven) =>
    operation.auth === 'none' ? {} : signed(request, operation, proven);
}

/**
 * The development server takes any credentials (design, the contract): the signature is not checked, the access key id
 * names the caller, the region of the credential scope is the region of the request.
 */
function anyCredentials({ settings: { account } }: AuthorizeParts): Authorize {
  return (request, { service }) => {
    const text = request.headers['authorization'] || credentialInQuery(request.url);
    if (text === undefined) throw authenticationMissing(service);
    const [, accessKeyId, region = ''] =
      /Credential=([\w+=.@-]{1,128})\/[^/,]*\/([^/,]*)\/[^/,]+\/aws4_request/.exec(text) ?? [];
    if (accessKeyId === undefined) {
      throw signatureIncomplete(
        `Authorization header requires 'Credential' parameter. Authorization=${text.split(' ', 1)[0]?.slice(0, 64)}`,
      );
    }
    // Test programs write regions that AWS lacks, as `local`; but ids and ARNs are made from it.
    if (!/^[a-zA-Z0-9-]{1,32}$/.test(region)) {
      throw signatureRefused(`Credential should be scoped to a valid region, not '${region}'.`);
    }
    return { caller: { accessKeyId, account, arn: userArn(account, accessKeyId) }, region };
  };
}

function credentialInQuery(url: string): string | undefined {
  const found = /[?&]X-Amz-Credential=([^&]+)/.exec(url)?.[1];
  return found && `Credential=${found.replaceAll(/%2F/gi, '/')}`;
}

/**
 * The production server verifies the signature to the byte against the access keys, and asks the policy of the key before
 * anything of the input is looked at that an answer could reveal (security AT-5, ID-7).
 *
 * Throws MissingAuthenticationToken, IncompleteSignature, InvalidSignature and UnrecognizedClient as AWS words them, then
 * AccessDenied. An access key of another account is refused everything: nothing here grants across accounts.
 */
function verified(parts: AuthorizeParts): Authorize {
  const { settings, now, regionOf } = parts;
  const keys = new OpenedKeys(parts);
  return async (request, operation, proven) => {
    checkQuery(request.url);
    const { signingName: service } = operation;
    const read = readSignature(request, { service, region: regionOf(request), now: now() });
    // A long-term key comes without a session token, and others are not given out yet.
    if (read.sessionToken !== undefined) throw sessionTokenInvalid();
    const key = await keys.find(read.accessKeyId);
    if (key === undefined) throw accessKeyInvalid();
    checkSignature(read, key.secret);
    const { id, account, userName } = key.record;
    const caller = { accessKeyId: id, account, arn: userArn(account, userName) };
    proven?.({ caller, region: read.region });
    const where = { region: read.region, account: settings.account };
    const access = neededAccess({ ...operation, service, hasMember: membersOf(operation) }, where);
    if (access !== undefined) {
      const named = await resourceOf(parts, access, { region: read.region, asksForTags: key.asksForTags });
      checkAccess(parts, request, { access, key, caller, region: read.region, ...named });
    }
    return { caller, region: read.region } satisfies Authorized;
  };
}

/** What a signature covers must mean one thing: a parameter with two values is read in two ways (security ID-7). */
function checkQuery(url: string): void {
  const question = url.indexOf('?');
  if (question === -1) return;
  const seen = new Map<string, string>();
  for (const { name, value } of queryPairs(url.slice(question + 1))) {
    const folded = name.toLowerCase();
    if ((seen.get(folded) ?? value) !== value) throw signatureMismatch();
    seen.set(folded, value);
  }
}

interface Question {
  readonly access: NeededAccess;
  readonly key: OpenedKey;
  readonly caller: Caller;
  readonly region: string;
  /** What must be allowed; after it, what besides must not be denied. */
  readonly resources: readonly string[];
  /** The tags of the resource, as condition keys. */
  readonly tags: Readonly<Record<string, string>>;
}

function checkAccess(parts: AuthorizeParts, request: Request, question: Question): void {
  const { access, key, caller, resources, tags } = question;
  const { action } = access;
  const twice = key.asksForTags
    ? ambiguousKey([...Object.keys(access.keys), ...Object.keys(tags)])
    : undefined;
  const keys = requestKeys({ ...callerKeys(parts, request, question), ...access.keys, ...tags });
  for (const [index, resource] of resources.entries()) {
    const verdict = evaluate([key.policy], { action, resource, keys });
    if (verdict === 'deny' || (verdict === 'nothing' && index === 0))
      throw accessDenied(denialMessage(caller.arn, { action, resource, keys }, verdict));
    const refused = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`;
    if (twice !== undefined)
      throw accessDenied(`${refused} because there is another ${twice} in other letter case`);
    if (caller.account !== parts.settings.account)
      throw accessDenied(`${refused} because no resource-based policy allows the ${action} action`);
  }
}

/** Source: IAM user guide, "global condition context keys"; reference C2. */
function callerKeys(
  { now, secureTransport }: AuthorizeParts,
  { ip, headers }: Request,
  { key: { record }, caller, region }: Question,
): Readonly<Record<string, string | undefined>> {
  const time = now();
  return {
    'aws:username': record.userName,
    'aws:PrincipalArn': caller.arn,
    'aws:PrincipalAccount': caller.account,
    'aws:PrincipalType': 'User',
    'aws:SourceIp': ip,
    'aws:UserAgent': headers['user-agent'],
    'aws:Referer': headers['referer'],
    'aws:CurrentTime': new Date(time).toISOString(),
    'aws:EpochTime': String(Math.floor(time / 1000)),
    'aws:RequestedRegion': region,
    'aws:SecureTransport': String(secureTransport),
  };
}

/**
 * What the policy is asked about. A replica has an ARN and tags of its own (API reference: UserPoolReplicaType); but its
 * users are those of the pool, on which a Deny holds whatever region is asked. Only pools bear tags yet.
 */
async function resourceOf(
  { store, settings }: AuthorizeParts,
  { poolId, resource }: NeededAccess,
  { region, asksForTags }: { readonly region: string; readonly asksForTags: boolean },
): Promise<Pick<Question, 'resources' | 'tags'>> {
  const isElsewhere = poolId !== undefined && !poolId.startsWith(`${region}_`);
  const pool = isElsewhere || (asksForTags && poolId) ? await store.pools.recent(poolId) : undefined;
  const replica = pool?.replicas?.find((it) => it.region === region);
  const tags = Object.entries(replica?.tags ?? pool?.settings.UserPoolTags ?? {});
  const own = replica && arnOf('cognito-idp', region, settings.account, `userpool/${poolId}`);
  return {
    resources: own === undefined ? [resource] : [own, resource],
    tags: Object.fromEntries(tags.map(([tag, value]) => [`aws:ResourceTag/${tag}`, value])),
  };
}

const members = new Map<string, (name: string) => boolean>();

/** Whether the facts give the input of an operation a member. */
function membersOf({ service, name }: RequestedOperation): (member: string) => boolean {
  const known = members.get(`${service}.${name}`);
  if (known !== undefined) return known;
  const made = membersIn(service, name);
  members.set(`${service}.${name}`, made);
  return made;
}

function membersIn(service: ServiceName, name: string): (member: string) => boolean {
  const facts = factsOf(service);
  const inputs = facts.shapes[facts.operations[name]?.input ?? '']?.members ?? {};
  return (member) => Object.hasOwn(inputs, member);
}
