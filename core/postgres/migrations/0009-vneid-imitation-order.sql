-- Citizens are listed in the order they were added: the demonstration names those with a story first.
alter table vneid_citizen add column position bigint not null generated always as identity;
