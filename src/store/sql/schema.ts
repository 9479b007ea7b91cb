import type { Dialect } from './database.ts';

/**
 * The durable tables, first version. A record is kept as JSON in `body`, beside the columns by which it is searched.
 * Every key starts with the pool, so that tables can be partitioned by it (design, point 4); `client_ids` finds the
 * pool of a client.
 *
 * Each index on `users` answers one filter of ListUsers, in the order in which its pages come.
 */
export const durable1 = ({ key, compact }: Dialect) => `
create table pools (
  id ${key} primary key, region ${key} not null, account ${key} not null, version bigint not null, body text not null
);
create index pools_by_place on pools (region, account, id);
create table deleted_pools (id ${key} primary key)${compact};

create table clients (
  pool_id ${key} not null, id ${key} not null, version bigint not null, body text not null,
  primary key (pool_id, id)
);
create table client_ids (id ${key} primary key, pool_id ${key} not null)${compact};

create table users (
  pool_id ${key} not null, id ${key} not null, version bigint not null, created_at bigint not null,
  username ${key} not null, email ${key}, phone_number ${key}, name ${key}, given_name ${key}, family_name ${key},
  preferred_username ${key}, user_status ${key} not null, status ${key} not null, body text not null,
  primary key (pool_id, id)
);
create index users_by_creation on users (pool_id, created_at, id);
create index users_by_username on users (pool_id, username, id);
create index users_by_email on users (pool_id, email, id) where email is not null;
create index users_by_phone_number on users (pool_id, phone_number, id) where phone_number is not null;
create index users_by_name on users (pool_id, name, id) where name is not null;
create index users_by_given_name on users (pool_id, given_name, id) where given_name is not null;
create index users_by_family_name on users (pool_id, family_name, id) where family_name is not null;
create index users_by_preferred_username on users (pool_id, preferred_username, id)
  where preferred_username is not null;
create index users_by_user_status on users (pool_id, user_status, id);
create index users_by_status on users (pool_id, status, id);

create table user_names (
  pool_id ${key} not null, key ${key} not null, kind text not null, user_id ${key} not null,
  primary key (pool_id, key)
)${compact};
create index user_names_by_user on user_names (pool_id, user_id);

create table user_groups (
  pool_id ${key} not null, name ${key} not null, version bigint not null, precedence bigint, body text not null,
  primary key (pool_id, name)
);
create table members (
  pool_id ${key} not null, user_id ${key} not null, group_name ${key} not null, joined_at bigint not null,
  primary key (pool_id, user_id, group_name)
)${compact};
create index members_by_group on members (pool_id, group_name, joined_at, user_id);

create table token_families (
  pool_id ${key} not null, family ${key} not null, generation bigint not null, rotated_at bigint, revoked_at bigint,
  expires_at bigint not null, primary key (pool_id, family)
)${compact};
create index token_families_by_expiry on token_families (expires_at);

create table signing_keys (
  pool_id ${key} not null, kid ${key} not null, used_for text not null, sealed_private_key text not null,
  modulus text not null, created_at bigint not null, active_from bigint not null, retired_until bigint,
  primary key (pool_id, kid)
);
create index signing_keys_by_retirement on signing_keys (retired_until) where retired_until is not null;

create table data_keys (
  id bigint primary key, wrapped text not null, master_key_id text not null, created_at bigint not null
);
create table access_keys (id ${key} primary key, created_at bigint not null, body text not null);
`;

/** Second version: what is configured in a pool beside users and clients (store/resources.ts). */
export const durable2 = ({ key, compact }: Dialect) => `
create table resources (
  pool_id ${key} not null, kind ${key} not null, id ${key} not null, version bigint not null, client_id ${key},
  body text not null, primary key (pool_id, kind, id)
);
create index resources_by_client on resources (pool_id, client_id) where client_id is not null;
create table resource_names (
  scope ${key} not null, kind ${key} not null, name ${key} not null, pool_id ${key} not null, id ${key} not null,
  primary key (scope, kind, name)
)${compact};
create index resource_names_by_resource on resource_names (pool_id, kind, id);
`;

/** Third version: passkeys. */
export const durable3 = ({ key }: Dialect) => `
create table passkeys (
  pool_id ${key} not null, id ${key} not null, user_id ${key} not null, created_at bigint not null,
  counter bigint not null, body text not null, primary key (pool_id, id)
);
create index passkeys_by_user on passkeys (pool_id, user_id, created_at, id);
`;

/** Fourth version: sessions of users. */
export const durable4 = ({ key }: Dialect) => `
create table user_sessions (
  pool_id ${key} not null, user_id ${key} not null, id ${key} not null, type text not null, client_id ${key} not null,
  family ${key}, origin_id ${key}, started_at bigint not null, active_at bigint not null, expires_at bigint not null,
  kept_until bigint not null, device text not null, ip text not null, body text not null,
  primary key (pool_id, user_id, id)
);
create index user_sessions_by_use on user_sessions (pool_id, user_id, active_at, id);
create index user_sessions_by_expiry on user_sessions (expires_at);
`;

/** Fifth version: what is too large for one record. */
export const durable5 = ({ key }: Dialect) => `
create table pieces (
  pool_id ${key} not null, owner ${key} not null, number bigint not null, expires_at bigint not null, body text not null,
  primary key (pool_id, owner, number)
);
create index pieces_by_expiry on pieces (expires_at);
`;

/** Remembered devices. */
export const durable6 = ({ key }: Dialect) => `
create table devices (
  pool_id ${key} not null, user_id ${key} not null, id ${key} not null, created_at bigint not null, status text not null,
  modified_at bigint not null, authenticated_at bigint not null, ip text not null, body text not null,
  primary key (pool_id, user_id, id)
);
create index devices_by_creation on devices (pool_id, user_id, created_at, id);
create index devices_by_use on devices (pool_id, user_id, authenticated_at, id);
`;

/** The region besides its own in which a pool is. */
export const durable9 = ({ key }: Dialect) => `
alter table pools add column second_region ${key};
create index pools_by_second_place on pools (second_region, account, id);
`;

/** What users did in pools with threat protection. The ids are in the order of time. */
export const durable7 = ({ key }: Dialect) => `
create table auth_events (
  pool_id ${key} not null, user_id ${key} not null, id ${key} not null, outcome text not null, response text not null,
  challenges text not null, feedback text, expires_at bigint not null, body text not null,
  primary key (pool_id, user_id, id)
);
create index auth_events_by_outcome on auth_events (pool_id, user_id, outcome, id);
create index auth_events_by_feedback on auth_events (pool_id, user_id, id) where feedback is not null;
create index auth_events_by_expiry on auth_events (expires_at);
`;

/** Mails and text messages that wait. */
export const durable8 = ({ key }: Dialect) => `
create table messages (
  pool_id ${key} not null, id ${key} not null, due_at bigint not null, tries bigint not null, expires_at bigint not null,
  sealed text not null, primary key (pool_id, id)
);
create index messages_by_due on messages (due_at);
create index messages_by_expiry on messages (expires_at);
`;

/** Who did what. */
export const durable10 = ({ key, compact }: Dialect) => `
create table acts (
  pool_id ${key} not null, at bigint not null, id ${key} not null, body text not null, primary key (pool_id, at, id)
)${compact};
create index acts_by_time on acts (at, pool_id, id);
`;

/** Which generations of a family are past their grace period. */
export const durable11 = () => `
alter table token_families add column settled bigint;
alter table token_families add column left_generation bigint;
alter table token_families add column left_at bigint;
`;

/**
 * Whose turn it is among messages of a medium: the oldest of each pool. Those that go nowhere have none. A server that does
 * not know the column calls all it adds mails; it only decides whose turn they wait for.
 */
export const durable12 = ({ key }: Dialect) => `
alter table messages add column medium ${key} not null default 'EMAIL';
create index messages_by_turn on messages (medium, pool_id, due_at) where due_at < 8000000000000000;
`;

/** What all servers share and a power cut may take: guesses, uses within a window, what was spent. */
export const volatile1 = ({ key, compact, createVolatile }: Dialect) => `
${createVolatile} attempts (
  pool_id ${key} not null, subject ${key} not null, guesses int not null, last_at bigint not null,
  locked_until bigint not null, primary key (pool_id, subject)
)${compact};
create index attempts_by_time on attempts (last_at);

${createVolatile} counters (
  pool_id ${key} not null, subject ${key} not null, used bigint not null, resets_at bigint not null,
  primary key (pool_id, subject)
)${compact};
create index counters_by_time on counters (resets_at);

${createVolatile} spent (
  pool_id ${key} not null, id ${key} not null, expires_at bigint not null, primary key (pool_id, id)
)${compact};
create index spent_by_expiry on spent (expires_at);
`;

/** Second version: registrations of passkeys that were begun. */
export const volatile2 = ({ key, createVolatile }: Dialect) => `
${createVolatile} registrations (
  pool_id ${key} not null, user_id ${key} not null, challenge text not null, expires_at bigint not null,
  body text not null, primary key (pool_id, user_id)
);
create index registrations_by_expiry on registrations (expires_at);
`;
