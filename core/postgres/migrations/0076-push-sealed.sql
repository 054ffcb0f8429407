-- Address and keys of a device that is told of news are secrets: whoever has them may write to its screen. They lie sealed
-- (one text, JSON), found again by the hash of the address. What stands in the clear is of a release before, and is sealed at
-- the next start.
alter table push_subscription add column subscription_sealed text;
alter table push_subscription add column endpoint_hash bytea;
update push_subscription set endpoint_hash = sha256(convert_to(endpoint, 'UTF8'));
alter table push_subscription alter column endpoint_hash set not null;
alter table push_subscription add constraint push_subscription_endpoint_hash unique (endpoint_hash);
alter table push_subscription alter column endpoint drop not null;
alter table push_subscription alter column p256dh drop not null;
alter table push_subscription alter column auth drop not null;
