-- Names typed with Ð (U+00D0) instead of Đ have the terms of Đ. Rows of older revisions are found by them once
-- `yba admin reindex` has gone over them; a store without rows has none to go over.
update definition_state set revision = revision + 1,
  complete = case when exists (select from resource) or exists (select from shared_resource) then complete else revision + 1 end;
