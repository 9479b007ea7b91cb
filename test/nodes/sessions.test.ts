import assert from 'node:assert/strict';
import { idsOf, sessionsOf, signInAtOnce, track } from '../sessions.ts';
import { atOnce, outcome, outcomes, testPool } from '../user-pool.ts';
import { onSharedStores, startNodes } from './nodes.ts';

const revoked = 'NotAuthorizedException: Access Token has been revoked';

onSharedStores('RF-5 two servers count the sessions of a user together', async (t, settings) => {
  const { nodes, call, clock } = await startNodes(t, 2, settings);
  const [server] = nodes;
  assert.ok(server);
  const pool = { ...(await testPool(t, { server: { ...server, call } })), clock };
  await track(pool, 3);
  await pool.confirmed('ada');
  // Until the servers know that sessions are tracked.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const tokens = await signInAtOnce(pool, 12);
  const getUser = (AccessToken: string) => call('GetUser', { AccessToken });
  const ends = await outcomes(tokens.map(({ AccessToken }) => getUser(AccessToken)));
  assert.deepEqual(ends, { [revoked]: 9, ok: 3 });
  const listed = await sessionsOf(pool);
  assert.equal(listed.length, 3);

  const { UserPoolId } = pool;
  const revoke = (SessionId: string) =>
    call('AdminRevokeUserSession', { UserPoolId, Username: 'ada', SessionId });
  for (const id of idsOf(listed)) {
    const answers = await outcomes(atOnce(4, () => revoke(id)));
    assert.deepEqual(answers, { 'ResourceNotFoundException: Session does not exist.': 3, ok: 1 });
  }
  for (const { AccessToken } of tokens) {
    for (const node of nodes) assert.equal(await outcome(node.call('GetUser', { AccessToken })), revoked);
  }
});
