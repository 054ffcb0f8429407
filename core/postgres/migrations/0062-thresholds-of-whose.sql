-- Looks at specially protected persons and at possible relatives are counted within a time, as the other rules are.
insert into privacy_threshold (rule, values, by) values
  ('vip',          '{"persons": 1, "minutes": 1440}', 'Y Bạ'),
  ('same-surname', '{"persons": 1, "minutes": 1440}', 'Y Bạ');
