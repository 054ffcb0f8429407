-- Secrets are sealed with a key that lies outside the database: a column whose name ends in _sealed holds such a secret,
-- which names its key. What stands in `secret` in the clear is of a release before, and is sealed at the next start.
alter table server_secret add column secret_sealed text;
alter table server_secret alter column secret drop not null;
