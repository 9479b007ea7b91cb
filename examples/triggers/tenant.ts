/** Puts who pays, told by the domain of the mail address, into both tokens, and lets shop staff write to the shop. */

interface PreTokenGenerationEvent {
  readonly request: {
    readonly userAttributes: Readonly<Record<string, string>>;
    readonly groupConfiguration: { readonly groupsToOverride?: readonly string[] };
    readonly scopes: readonly string[];
  };
  readonly response: object;
}

export async function handler(event: PreTokenGenerationEvent): Promise<PreTokenGenerationEvent> {
  const [, tenant = ''] = (event.request.userAttributes['email'] ?? '').split('@');
  const isStaff = event.request.groupConfiguration.groupsToOverride?.includes('staff') ?? false;
  const claimsToAddOrOverride = { tenant };
  return {
    ...event,
    response: {
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: { claimsToAddOrOverride },
        accessTokenGeneration: { claimsToAddOrOverride, scopesToAdd: isStaff ? ['shop/write'] : [] },
      },
    },
  };
}
