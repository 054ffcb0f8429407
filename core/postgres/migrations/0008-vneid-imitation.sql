-- Citizens of the imitation of VNeID: rehearsal only, filled by the demonstration and read by nothing else.
create table vneid_citizen (
  national_id   text not null primary key,
  name          text not null,
  birth_date    date not null,
  password_hash text not null,
  listed        boolean not null default true,
  subject       uuid not null unique default gen_random_uuid()
);
