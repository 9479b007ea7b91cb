const suffix = String.raw`(?:amazonaws\.com(?:\.cn)?|api\.aws)`;

const patterns = [
  // API endpoints and issuers: cognito-idp.us-east-1.amazonaws.com, cognito-idp-fips.…, issuer-cognito-idp.…
  new RegExp(String.raw`^(?:issuer-)?cognito-(?:idp|identity|sync)(?:-fips)?\.[a-z0-9-]+\.${suffix}$`),
  new RegExp(String.raw`^sts(?:-fips)?(?:\.[a-z0-9-]+)?\.${suffix}$`),
  // Hosted domains: prefix.auth.us-east-1.amazoncognito.com
  /^[a-z0-9-]+\.auth(?:-fips)?\.[a-z0-9-]+\.amazoncognito\.com$/,
];

/** Whether a host name is one under which AWS serves what Cognate serves: Cognito's APIs, STS, hosted domains. */
export function isCognitoHost(host: string): boolean {
  return patterns.some((pattern) => pattern.test(host.toLowerCase()));
}
