-- The first partitions, so that a database that has just been migrated takes events. From then on the job makes them.
--
-- Locks     SHARE UPDATE EXCLUSIVE on event and snapshot
-- Duration  milliseconds

select tally.create_partitions(now(), 3);
