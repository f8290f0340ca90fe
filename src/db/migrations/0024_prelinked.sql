-- Asked at every create of a person: whether a local account waits for this externalId.
create index accounts_prelinked on accounts (org_id, prelinked_external_id) where prelinked_external_id is not null;
