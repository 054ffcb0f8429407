-- The leaf of a row of the access log is made with the row, by whoever writes it, and not again behind it
-- (docs/decisions/0050-merkle-tree-over-the-access-log.md). Its number is part of it, so numbers are set aside first.
-- Rows of before today have none: theirs is made when they come into the tree.
alter table access_log add column leaf bytea;
grant usage on sequence access_log_id_seq to yba_writer;
