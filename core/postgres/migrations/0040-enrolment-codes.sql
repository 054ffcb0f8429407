-- One-time codes by which a hospital's edge agent registers its own key. Kept as a hash, counted once, for a day or as long as
-- was said. Granted to no role: the owner's pool alone redeems them.
create table enrolment_code (
  hash          text        not null primary key,
  name          text        not null,
  facility      int         not null,
  facility_name text        not null,
  issued        timestamptz not null default now(),
  expires       timestamptz not null,
  used          timestamptz,
  client        text,
  check ((used is null) = (client is null))
);
