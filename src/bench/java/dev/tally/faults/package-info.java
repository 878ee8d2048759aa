/**
 * Tests that nothing is lost when the machine fails. The server and its database are killed while
 * partitions are moved and retired and members send commands. {@code mvn verify} includes a few
 * kills; {@code mvn verify -Pfaults} kills at each step of the job.
 *
 * <p>The tests on {@link dev.tally.faults.TwoNodes} do the same to licenses: the database and the
 * way to it fail, nodes and their disks, or the nodes are unlike each other.
 */
package dev.tally.faults;
