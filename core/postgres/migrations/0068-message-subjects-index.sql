-- Few rows have subjects: they go into the index at once, without a pending list.
drop index message_subjects;
create index message_subjects on message using gin (subjects) with (fastupdate = off) where subjects is not null;
