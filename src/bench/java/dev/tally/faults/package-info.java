/**
 * Tests that nothing is lost when the machine fails. The server and its database are killed while
 * partitions are moved and retired and members send commands. {@code mvn verify} includes a few
 * kills; {@code mvn verify -Pfaults} kills at each step of the job.
 */
package dev.tally.faults;
