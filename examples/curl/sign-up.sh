#!/bin/sh
# Signs a new user up at Amazon Cognito, asks for the code in their mail, signs them in and prints the ID token.
#
#     COGNITO_CLIENT_ID=… ./sign-up.sh grace@example.com 'Correct-horse-1'
#
# The app client has no secret and allows USER_PASSWORD_AUTH.
set -eu
email=$1 password=$2
host=https://cognito-idp.${AWS_REGION:-us-east-1}.amazonaws.com/

# Posts an operation and prints its answer; what Cognito refuses ends the script. The body goes by standard input: the
# list of processes shows arguments.
cognito() {
  answer=$(printf '%s' "$2" | curl -sS "$host" -d @- -H 'Content-Type: application/x-amz-json-1.1' \
    -H "X-Amz-Target: AWSCognitoIdentityProviderService.$1")
  case $answer in
  *'"__type"'*)
    echo "$1: $answer" >&2
    exit 1
    ;;
  esac
  echo "$answer"
}

cognito SignUp '{"ClientId":"'"$COGNITO_CLIENT_ID"'","Username":"'"$email"'","Password":"'"$password"'",
  "UserAttributes":[{"Name":"email","Value":"'"$email"'"}]}' >/dev/null

printf 'The code in the mail to %s: ' "$email" >&2
read -r code || [ -n "$code" ]
cognito ConfirmSignUp '{"ClientId":"'"$COGNITO_CLIENT_ID"'","Username":"'"$email"'","ConfirmationCode":"'"$code"'"}' >/dev/null

tokens=$(cognito InitiateAuth '{"ClientId":"'"$COGNITO_CLIENT_ID"'","AuthFlow":"USER_PASSWORD_AUTH",
  "AuthParameters":{"USERNAME":"'"$email"'","PASSWORD":"'"$password"'"}}')
echo "$tokens" | sed 's/.*"IdToken":"\([^"]*\)".*/\1/'
