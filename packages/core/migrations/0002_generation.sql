-- A succeeded intent that a person has performed once more is a new generation of the same intent: it keeps id and key,
-- and what the earlier generation came to is kept beside it.

alter table intent
  add column generation integer not null default 1 check (generation >= 1),
  -- When the present generation was decided on; null for the first, which began with the submission.
  add column rerun_at timestamptz,
  add constraint rerun_has_a_time check ((generation > 1) = (rerun_at is not null));

-- How each earlier generation ended, and who superseded it. Like the intent's own answer, what the remote said is erased
-- once the replay window is over.
create table superseded (
  intent_id     uuid not null references intent (id),
  generation    integer not null check (generation >= 1),
  attempt       integer not null,
  claimant      text,
  result        text,
  external_id   text,
  external_url  text,
  finished_at   timestamptz not null,
  superseded_at timestamptz not null default now(),
  superseded_by text not null,
  reason        text not null,
  purged_at     timestamptz,
  primary key (intent_id, generation),
  constraint kept_until_purged check (result is not null or purged_at is not null)
);

-- One that is performed once more acts on its entity again: it takes a new turn, behind all that wait.
drop trigger takes_its_turn_later on intent;

create trigger takes_its_turn_later after update of state on intent for each row
  when (new.entity is not null and new.state = 'pending'
    and old.state in ('awaiting_approval', 'failed', 'succeeded'))
  execute function take_turn();
