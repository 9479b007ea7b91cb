#!/bin/sh
# Gives a user pool a pre token generation function: attach.sh <function ARN>
# Environment: COGNITO_USER_POOL_ID, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
set -eu
arn=$1
region=${COGNITO_USER_POOL_ID%%_*}

# UpdateUserPool puts back to its default what it is not told.
curl --silent --show-error --fail-with-body "https://cognito-idp.$region.amazonaws.com/" \
  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 "aws:amz:$region:cognito-idp" \
  --header 'Content-Type: application/x-amz-json-1.1' \
  --header 'X-Amz-Target: AWSCognitoIdentityProviderService.UpdateUserPool' \
  --data @- <<JSON
{
  "UserPoolId": "$COGNITO_USER_POOL_ID",
  "AutoVerifiedAttributes": ["email"],
  "LambdaConfig": {
    "PreTokenGenerationConfig": { "LambdaVersion": "V2_0", "LambdaArn": "$arn" }
  }
}
JSON
