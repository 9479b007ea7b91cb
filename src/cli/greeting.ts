import { styleText } from 'node:util';
import type { DevConfig } from './dev-config.ts';

/** What a newcomer needs next, for a terminal. */
export function greeting(config: DevConfig, folder: string): string {
  const { endpoint, userPoolId, clientId, user } = config;
  const name = (text: string) => styleText('dim', text.padEnd(14), { stream: process.stderr });
  const body = JSON.stringify({
    AuthFlow: 'USER_PASSWORD_AUTH',
    ClientId: clientId,
    AuthParameters: { USERNAME: user.username, PASSWORD: user.password },
  });
  const own = folder === '.cognate' ? '' : ` --data ${folder}`;
  return `
  ${name('endpoint')}${endpoint}
  ${name('user pool')}${userPoolId}
  ${name('app client')}${clientId}
  ${name('user')}${user.username}
  ${name('password')}${user.password}
  ${name('inbox')}${endpoint}/_cognate/inbox
  ${name('all of this')}${folder}/config.json

  Sign in and get a token:

    npx cognate token${own}

  The same over the wire:

    curl -s ${endpoint}/ -H 'Content-Type: application/x-amz-json-1.1' \\
      -H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth' \\
      -d '${body}'

  Run a program that was written for Cognito:

    npx cognate run${own} -- python3 your_script.py

`;
}
