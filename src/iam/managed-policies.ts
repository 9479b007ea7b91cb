/**
 * Policies that have a name: what an access key may be made with, beside a document of one's own. Those whose names begin
 * with Amazon are AWS's managed policies for Cognito (AWS Managed Policy Reference).
 */
export const managedPolicies: Readonly<Record<string, string>> = {
  administrator: policy({ Effect: 'Allow', Action: '*', Resource: '*' }),

  AmazonCognitoPowerUser: policy(
    {
      Effect: 'Allow',
      Action: [
        'cognito-identity:*',
        'cognito-idp:*',
        'cognito-sync:*',
        'iam:ListRoles',
        'iam:ListOpenIdConnectProviders',
        'iam:GetRole',
        'iam:ListSAMLProviders',
        'iam:GetSAMLProvider',
        'kinesis:ListStreams',
        'lambda:GetPolicy',
        'lambda:ListFunctions',
        'sns:GetSMSSandboxAccountStatus',
        'sns:ListPlatformApplications',
        'ses:ListIdentities',
        'ses:GetIdentityVerificationAttributes',
        'mobiletargeting:GetApps',
        'acm:ListCertificates',
      ],
      Resource: '*',
    },
    {
      Effect: 'Allow',
      Action: 'iam:CreateServiceLinkedRole',
      Resource: '*',
      Condition: {
        StringEquals: {
          'iam:AWSServiceName': ['cognito-idp.amazonaws.com', 'email.cognito-idp.amazonaws.com'],
        },
      },
    },
    {
      Effect: 'Allow',
      Action: ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'],
      Resource: [
        'arn:aws:iam::*:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp*',
        'arn:aws:iam::*:role/aws-service-role/email.cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdpEmail*',
      ],
    },
  ),

  AmazonCognitoReadOnly: policy({
    Effect: 'Allow',
    Action: [
      'cognito-identity:Describe*',
      'cognito-identity:Get*',
      'cognito-identity:List*',
      'cognito-idp:Describe*',
      'cognito-idp:AdminGet*',
      'cognito-idp:AdminList*',
      'cognito-idp:List*',
      'cognito-idp:Get*',
      'cognito-sync:Describe*',
      'cognito-sync:Get*',
      'cognito-sync:List*',
      'iam:ListOpenIdConnectProviders',
      'iam:ListRoles',
      'sns:ListPlatformApplications',
    ],
    Resource: '*',
  }),

  AmazonCognitoDeveloperAuthenticatedIdentities: policy({
    Effect: 'Allow',
    Action: [
      'cognito-identity:GetOpenIdTokenForDeveloperIdentity',
      'cognito-identity:LookupDeveloperIdentity',
      'cognito-identity:MergeDeveloperIdentities',
      'cognito-identity:UnlinkDeveloperIdentity',
    ],
    Resource: '*',
  }),
};

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
