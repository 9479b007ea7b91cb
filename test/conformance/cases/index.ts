import type { Table } from '../table.ts';
import { auth } from './auth.ts';
import { authEvents } from './auth-events.ts';
import { clients } from './clients.ts';
import { devices } from './devices.ts';
import { domains } from './domains.ts';
import { groups } from './groups.ts';
import { imports } from './imports.ts';
import { mfa } from './mfa.ts';
import { pages } from './pages.ts';
import { passkeys } from './passkeys.ts';
import { passwords } from './passwords.ts';
import { pools } from './pools.ts';
import { profile } from './profile.ts';
import { providers } from './providers.ts';
import { resourceServers } from './resource-servers.ts';
import { sessions } from './sessions.ts';
import { settings } from './settings.ts';
import { signUp } from './sign-up.ts';
import { tokens } from './tokens.ts';
import { users } from './users.ts';

/** The cases of every operation that is built. */
export const cases: Table = {
  ...auth,
  ...authEvents,
  ...clients,
  ...devices,
  ...domains,
  ...groups,
  ...imports,
  ...mfa,
  ...pages,
  ...passkeys,
  ...passwords,
  ...pools,
  ...profile,
  ...providers,
  ...resourceServers,
  ...sessions,
  ...settings,
  ...signUp,
  ...tokens,
  ...users,
};
