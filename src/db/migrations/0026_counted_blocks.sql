-- Where the n-th resource of a list is, without walking there: totals are kept for blocks of the order of creation, and a page by index adds
-- them up as far as its own.

-- The first seq of the block that a seq belongs to. A block of another size is another function and other counts.
create function resource_block(seq bigint) returns bigint language sql immutable parallel safe as $$ select seq - seq % 4096 $$;

alter table scim_resource_counts drop constraint scim_resource_counts_pkey, add column block bigint;
-- After the lock, so that no resource is missed that somebody was just making.
delete from scim_resource_counts;
insert into scim_resource_counts (org_id, type, block, shard, resources)
select org_id, type, resource_block(seq), -1, count(*) from scim_resources group by org_id, type, resource_block(seq);
alter table scim_resource_counts add primary key (org_id, type, block, shard);
