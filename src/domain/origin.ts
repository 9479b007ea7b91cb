import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import type { Client } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import type { Method } from './assurance.ts';

/**
 * What all tokens of one sign-in have in common. `family` (the claim `origin_jti`) and `eventId` carry the instant of
 * the sign-in in them, so that a token tells by itself whether it is from before a global sign-out.
 */
export interface Origin {
  readonly family: string;
  readonly eventId: string;
  /** Epoch seconds. */
  readonly authTime: number;
  /** What was proven at the sign-in: refreshed tokens claim it too (security MF-7). */
  readonly proven?: readonly Method[] | undefined;
}

/** Whether the client's tokens have `origin_jti` and `jti`, and RevokeToken works (EnableTokenRevocation). */
export function isRevocable({ settings }: Client): boolean {
  return settings.EnableTokenRevocation ?? true;
}

/**
 * The beginning of a sign-in. Its instant is later than every sign-out that the user has had, to the millisecond, and
 * not before its client was made, whichever server's clock that was by. It is that of the request's beginning, before the
 * user was read: a sign-out that comes while the request is served ends it (security SE-4). Where threat protection has
 * recorded the sign-in it is that of the record, `recordId`, by whose id an app gives feedback (API reference:
 * AdminUpdateAuthEventFeedback).
 */
export function newOrigin(
  ctx: Context,
  {
    client,
    user,
    proven,
    recordId,
  }: { readonly client: Client; readonly user: User; readonly recordId?: string | undefined } & Pick<
    Origin,
    'proven'
  >,
): Origin {
  const earliest = Math.max((user.signedOutAt ?? 0) + 1, client.createdAt);
  const isRecorded = recordId !== undefined && instantOf(recordId) >= earliest;
  const eventId = isRecorded ? recordId : uuidAt(Math.max(ctx.begunAt, earliest));
  return {
    // The family of tokens without `origin_jti` is told by their `event_id`.
    family: isRevocable(client) ? uuidAt(instantOf(eventId)) : eventId,
    eventId,
    authTime: Math.floor(ctx.now() / 1000),
    proven,
  };
}

/** Whether the sign-in that this UUID is from belongs to another client, that had the same id (security AT-7). */
export function isBefore(client: Client, uuid: string): boolean {
  return !(instantOf(uuid) >= client.createdAt);
}

/** Whether the sign-in that this UUID is from is over, because the user was signed out everywhere since. */
export function isSignedOut(user: User, uuid: string): boolean {
  return !(instantOf(uuid) > (user.signedOutAt ?? -1));
}

/**
 * The user with all sign-ins until now ended; those that follow are not. `token`, if given, is a UUID of a sign-in that
 * is to end in any case, though another server, with another clock, may have begun it.
 */
export function signedOut(ctx: Context, user: User, token?: string): User {
  const instant = token === undefined ? 0 : instantOf(token);
  return { ...user, signedOutAt: Math.max(ctx.now(), (user.signedOutAt ?? -1) + 1, instant) };
}

/** Version 7 of RFC 9562 §5.7: 48 bits of milliseconds, the rest that of a random UUID, which Node makes ahead. */
export function uuidAt(instant: number): string {
  const time = instant.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** When the sign-in began that this UUID is from. */
export function instantOf(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
