-- History of a type and of everything goes by the feed (docs/decisions/0043-history-from-the-feed.md): one entry
-- of this index for what a transaction changed about one patient, where an index on the rows would take one for each.
create index feed_facility on feed (facility, at desc);

-- The shared registries' part of it: few rows, read by everybody.
create index shared_resource_updated on shared_resource (updated desc, id desc) where label = 2;
create index history_registry on history (updated desc) where label = 2;
