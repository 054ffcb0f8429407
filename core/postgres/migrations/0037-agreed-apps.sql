-- Which apps a person agreed to, and when each last read for them.
create index oauth_artifact_grants_of on oauth_artifact ((payload ->> 'accountId')) where model = 'Grant';
create index access_agent_app on access_agent (client, subject) where starts_with(client, 'book-');
