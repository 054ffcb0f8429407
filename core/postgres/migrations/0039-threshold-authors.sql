-- Who set a threshold, by the name of the day, and why. Rows are never changed: going back is a further row.
alter table privacy_threshold
  add column by_name text,
  add column words   text;
