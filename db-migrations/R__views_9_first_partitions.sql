-- This file creates the first partitions, so that a newly migrated database can store events and denials. Later ones are
-- created by the job.
--
-- Locks     SHARE UPDATE EXCLUSIVE on event, snapshot and denial
-- Duration  milliseconds

select tally.create_partitions(now(), 3);
select tally.create_denial_months(now(), 3);
