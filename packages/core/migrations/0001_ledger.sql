-- The ledger: one row an intent, the only truth about it.
--
-- No index holds a column that a claim or a record changes (state, token, times), so that both stay HOT updates:
-- an index on "unfinished" would cost every intent two more index entries. The sweep walks (action, created_xid)
-- from a watermark instead. For the same reason a page is filled by a good third only: a batch claims whole pages at
-- once and records them at once, so that each row needs room for two newer versions on its own page. Filled by 70 %
-- half of the updates leave it, for the same size on disk in the end.
create table intent (
  id           uuid primary key,
  action       text not null,
  key          text not null check (char_length(key) <= 255),
  scope        text,
  key_version  smallint not null check (key_version >= 1),
  -- Set on the row that keeps an earlier key version's id taken; the intent itself is the row it names.
  alias_of     uuid references intent (id),
  fingerprint  text not null,
  state        text not null check (state in ('awaiting_approval', 'pending', 'claimed', 'succeeded', 'failed',
                                              'in_doubt', 'rejected', 'cancelled', 'expired')),
  -- Fencing token: rises with every claim; every ending is conditional on it.
  token        integer not null default 0,
  tries        integer not null default 0 check (tries between 0 and token),
  -- The last token whose claim is told in the history; a higher token's claim is told by this row.
  told         integer not null default 0 check (told between 0 and token),
  asked        integer not null default 0 check (asked >= 0),
  kind         text check (kind in ('transactional', 'idempotent', 'reconcilable', 'atMostOnce')),
  claimant     text,
  submitted_by text not null,
  traceparent  text,
  -- JSON as text: byte for byte what was submitted, and NUL or lone surrogates stay escaped.
  input        text,
  result       text,
  external_id  text,
  external_url text,
  error        text,
  -- What the intent acts on, where the action says so, and in which version.
  entity         text check (char_length(entity) = 64),
  entity_rule    text check (entity_rule in ('serial', 'version')),
  entity_version bigint,
  replay_window_ms bigint not null check (replay_window_ms >= 0),
  created_at   timestamptz not null default now(),
  -- Order of submission that a sweep can rely on: below a snapshot's xmin nothing can appear any more.
  created_xid  bigint not null default pg_current_xact_id()::text::bigint,
  -- Earliest request that may have reached the remote; null: surely none.
  sent_at      timestamptz,
  claimed_at   timestamptz,
  lease_until  timestamptz,
  -- When the machine acts next: a pending intent's next attempt, a doubt's next question, an approval's end.
  due_at       timestamptz,
  finished_at  timestamptz,
  purged_at    timestamptz,
  constraint fingerprint_is_sha256 check (char_length(fingerprint) = 64 or purged_at is not null),
  constraint unfinished_keeps_its_input check (input is not null or purged_at is not null or alias_of is not null),
  constraint entity_has_a_rule check ((entity is null) = (entity_rule is null)),
  constraint version_rule_has_a_version check ((entity_rule is not distinct from 'version') = (entity_version is not null)),
  constraint approval_has_an_end check (state <> 'awaiting_approval' or due_at is not null),
  constraint claimed_has_a_lease check (state <> 'claimed' or (token > 0 and lease_until is not null
    and claimant is not null and claimed_at is not null and sent_at is not null and kind is not null)),
  constraint only_claimed_has_a_lease check (state = 'claimed' or lease_until is null),
  constraint doubt_has_a_cause check (state <> 'in_doubt' or (token > 0 and error is not null and sent_at is not null)),
  constraint finished_has_a_time check ((finished_at is not null) =
    (state in ('succeeded', 'failed', 'rejected', 'cancelled', 'expired'))),
  constraint succeeded_has_a_result check (state <> 'succeeded' or result is not null or purged_at is not null),
  constraint failed_has_a_reason check (state <> 'failed' or error is not null or purged_at is not null),
  constraint purged_is_finished check (purged_at is null or finished_at is not null)
) with (fillfactor = 36, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05,
        autovacuum_vacuum_insert_scale_factor = 0.1);

create index intent_submission_order on intent (action, created_xid);

-- What is out of the ordinary in an intent's life, and every chapter that its row no longer tells.
create table history (
  seq       bigint generated always as identity primary key,
  intent_id uuid not null,
  at        timestamptz not null default now(),
  event     text not null check (event ~ '^[a-z_]+$'),
  attempt   integer not null,
  actor     text,
  detail    text
);

create index history_of_an_intent on history (intent_id, seq);

create function refuse_change_of_history() returns trigger language plpgsql as $$
begin
  raise exception 'the history is append-only' using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete or truncate on history
  for each statement execute function refuse_change_of_history();

-- Who acts on an entity next: a row from the moment an intent may act until it is finished. The lowest place acts.
create table turn (
  intent_id uuid primary key references intent (id),
  entity    text not null,
  place     bigint generated always as identity
);

create index turn_of_an_entity on turn (entity, place);

-- The newest version that was applied to an entity; an older one is stale.
create table applied_version (
  entity  text primary key,
  version bigint not null
);

-- Places are given under a lock that is held until the commit, so that their order is the order of commits and no
-- earlier place can appear later.
create function take_turn() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(new.entity, 0));
  execute format('insert into %I.turn (intent_id, entity) values ($1, $2) on conflict do nothing', tg_table_schema)
    using new.id, new.entity;
  return null;
end $$;

create function leave_turn() returns trigger language plpgsql as $$
begin
  execute format('delete from %I.turn where intent_id = $1', tg_table_schema) using new.id;
  if new.state = 'succeeded' and new.entity_rule = 'version' then
    execute format('insert into %I.applied_version as a (entity, version) values ($1, $2)
      on conflict (entity) do update set version = greatest(a.version, excluded.version)', tg_table_schema)
      using new.entity, new.entity_version;
  end if;
  return null;
end $$;

create trigger takes_its_turn after insert on intent for each row
  when (new.entity is not null and new.state = 'pending') execute function take_turn();

create trigger takes_its_turn_later after update of state on intent for each row
  when (new.entity is not null and new.state = 'pending' and old.state in ('awaiting_approval', 'failed'))
  execute function take_turn();

create trigger leaves_its_turn after update of state on intent for each row
  when (new.entity is not null and old.finished_at is null and new.finished_at is not null)
  execute function leave_turn();

-- Where the sweep stands, an action a row: everything before a watermark is settled, or is a straggler.
create table watermark (
  action     text primary key,
  open_from  bigint not null default 0,
  purge_from bigint not null default 0
);

-- What a watermark passed all the same, a list each: unfinished intents (old doubts, long waits, replays) for the sweep,
-- and unpurged ones for the clean-up.
create table straggler (
  list      text not null check (list in ('open', 'purge')),
  action    text not null,
  intent_id uuid not null references intent (id),
  primary key (list, action, intent_id)
);
