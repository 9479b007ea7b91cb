import type { Pool } from '../store/pools.ts';
import type { TriggerCall, TriggerName } from './triggers.ts';

/** The ARN of the pool's function for a trigger. */
export function functionOf({ settings }: Pool, trigger: TriggerName): string | undefined {
  const config = settings.LambdaConfig ?? {};
  switch (trigger) {
    case 'PreTokenGeneration':
      return config.PreTokenGenerationConfig?.LambdaArn ?? config.PreTokenGeneration;
    case 'CustomEmailSender':
    case 'CustomSMSSender':
      return config[trigger]?.LambdaArn;
    default:
      return config[trigger];
  }
}

/** The event that the function gets (developer guide, "User pool Lambda trigger event"). */
export function eventOf(call: TriggerCall): Readonly<Record<string, unknown>> {
  const { pool, trigger, source, clientId, userAgent, user, request, response } = call;
  return {
    version: versionOf(pool, trigger),
    triggerSource: source,
    region: pool.servedIn ?? pool.region,
    userPoolId: pool.id,
    userName: user?.username ?? null,
    callerContext: {
      awsSdkVersion: awsSdkVersion(userAgent),
      // What stands in events that administrators bring about is unconfirmed.
      clientId: clientId ?? 'CLIENT_ID_NOT_APPLICABLE',
    },
    request,
    response,
  };
}

/** Only pre token generation has more than one: V1_0 is "1", V2_0 "2", V3_0 "3". */
function versionOf({ settings }: Pool, trigger: TriggerName): string {
  if (trigger !== 'PreTokenGeneration') return '1';
  return (settings.LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0').slice(1, 2);
}

/** `aws-sdk-nodejs/2.856.0 …` as `aws-sdk-nodejs-2.856.0`. */
function awsSdkVersion(userAgent: string): string {
  const [, name, version] = /(?:^|\s)(aws-sdk-[a-z\d-]{1,32})\/(\d[\w.-]{0,31})/.exec(userAgent) ?? [];
  return name === undefined ? 'aws-sdk-unknown-unknown' : `${name}-${version}`;
}
