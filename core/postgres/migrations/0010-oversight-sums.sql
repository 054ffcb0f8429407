-- Sums that stay small for 13,000 facilities: by facility and day, and by hour for the country. They are made again
-- from the feed.
drop table oversight_hour;
drop table oversight_received;

-- visits: began on that local day (Asia/Ho_Chi_Minh); received: first came on that day.
create table oversight_day (
  day      date not null,
  facility int  not null,
  visits   int  not null,
  received int  not null,
  primary key (day, facility)
);

-- Visits of the country by the local hour of their beginning.
create table oversight_hour (
  day    date     not null,
  hour   smallint not null,
  visits int      not null,
  primary key (day, hour)
);

truncate oversight_facility, oversight_visit;
delete from feed_cursor where subscriber = 'oversight';
