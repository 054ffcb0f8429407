-- A refused message whose Patient is not known has no person to be found by: digests of the record numbers and documents it
-- is about lead to it, as those in message_lane lead to what waits (docs/decisions/0094-replay-in-steps.md).
alter table message add column subjects bigint[];
create index message_subjects on message using gin (subjects) where subjects is not null;
