-- This file creates the first partitions, so that a newly migrated database can store events. Later ones are created by the
-- job.
--
-- Locks     SHARE UPDATE EXCLUSIVE on event and snapshot
-- Duration  milliseconds

select tally.create_partitions(now(), 3);
