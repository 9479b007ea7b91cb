import type { Storage } from './database.ts';
import { drain, finishDeletions } from './pools.ts';

const quietTime = 15 * 60_000;

/** What is over by the clock here may not be so by that of another server, which would take it for new. */
const clockDrift = 60_000;

export const expiryTexts = {
  families: `delete from token_families where (pool_id, family) in
    (select pool_id, family from token_families where expires_at < $1 limit 1000) returning 1 as gone`,
  sessions: `delete from user_sessions where (pool_id, user_id, id) in
    (select pool_id, user_id, id from user_sessions where expires_at < $1 limit 1000) returning 1 as gone`,
  authEvents: `delete from auth_events where (pool_id, user_id, id) in
    (select pool_id, user_id, id from auth_events where expires_at < $1 limit 1000) returning 1 as gone`,
  acts: `delete from acts where (pool_id, at, id) in
    (select pool_id, at, id from acts where at < $1 limit 1000) returning 1 as gone`,
  pieces: `delete from pieces where (pool_id, owner, number) in
    (select pool_id, owner, number from pieces where expires_at < $1 limit 10) returning 1 as gone`,
  messages: `delete from messages where (pool_id, id) in
    (select pool_id, id from messages where expires_at < $1 limit 1000) returning 1 as gone`,
  signingKeys: `delete from signing_keys where retired_until < $1 returning 1 as gone`,
  spent: `delete from spent where (pool_id, id) in
    (select pool_id, id from spent where expires_at < $1 limit 1000) returning 1 as gone`,
  registrations: `delete from registrations where (pool_id, user_id) in
    (select pool_id, user_id from registrations where expires_at < $1 limit 1000) returning 1 as gone`,
  attempts: `delete from attempts where (pool_id, subject) in
    (select pool_id, subject from attempts where last_at < $1 limit 1000) returning 1 as gone`,
  counters: `delete from counters where (pool_id, subject) in
    (select pool_id, subject from counters where resets_at < $1 limit 1000) returning 1 as gone`,
};

/**
 * Removes what has expired and the acts from before `actsFrom`, a thousand rows at a time, and ends the deletions that
 * were interrupted.
 */
export async function purge(storage: Storage, now: number, actsFrom: number): Promise<void> {
  const { durable, volatile } = storage;
  await drain(volatile, expiryTexts.spent, now - clockDrift);
  await drain(volatile, expiryTexts.registrations, now);
  await drain(volatile, expiryTexts.attempts, now - quietTime);
  await drain(volatile, expiryTexts.counters, now);
  await drain(durable, expiryTexts.families, now);
  await drain(durable, expiryTexts.sessions, now);
  await drain(durable, expiryTexts.authEvents, now);
  await drain(durable, expiryTexts.acts, actsFrom);
  await drain(durable, expiryTexts.pieces, now);
  await drain(durable, expiryTexts.messages, now);
  await drain(durable, expiryTexts.signingKeys, now);
  await finishDeletions(storage);
}
