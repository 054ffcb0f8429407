-- When a referred patient is expected where they were referred to, so that who did not come is found the day after
-- (docs/decisions/0097-notices-and-push.md). Null once they came, or the hour given is over and told.
alter table referral_party add column expected timestamptz;
create index referral_party_expected on referral_party (expected) where open and side = 'out' and expected is not null;
