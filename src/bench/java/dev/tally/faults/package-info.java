/**
 * What is left when the machine fails: the server and its database are killed while partitions are
 * moved and retired and members go on. A few kills in {@code mvn verify}, one at each step of the
 * job in {@code mvn verify -Pfaults}.
 */
package dev.tally.faults;
