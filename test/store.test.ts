import { acts } from './store/acts.ts';
import { attempts } from './store/attempts.ts';
import { authEvents } from './store/auth-events.ts';
import { devices } from './store/devices.ts';
import { groups } from './store/groups.ts';
import { imports } from './store/imports.ts';
import { keys } from './store/keys.ts';
import { messages } from './store/messages.ts';
import { passkeys } from './store/passkeys.ts';
import { clients, pools } from './store/pools.ts';
import { resources } from './store/resources.ts';
import { search } from './store/search.ts';
import { onEveryEngine } from './store/servers.ts';
import { sessions } from './store/sessions.ts';
import { signingKeys, tokens } from './store/tokens.ts';
import { users } from './store/users.ts';

const suites = {
  pools,
  clients,
  users,
  search,
  groups,
  passkeys,
  devices,
  resources,
  imports,
  messages,
  tokens,
  sessions,
  authEvents,
  signingKeys,
  attempts,
  keys,
  acts,
};
for (const [subject, suite] of Object.entries(suites)) onEveryEngine(subject, suite);
