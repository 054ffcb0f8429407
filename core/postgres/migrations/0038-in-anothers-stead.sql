-- A relative whom the person lets read the access log too, and ask about looks in their stead.
alter table directive add column acts boolean not null default false;

-- Facilities are reminded of requests.
alter table look_request
  add column facility_name text,
  add column reminded timestamptz, -- its facility was told that the deadline comes near
  add column overdue  timestamptz, -- … and that it has passed
  add column told     text[] not null default '{}'; -- by these Communications
create index look_request_waiting on look_request (due) where answered is null;
