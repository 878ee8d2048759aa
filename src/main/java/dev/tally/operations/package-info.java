/** Partitions, the job that looks after them, and erasures over HTTP: for operators. */
package dev.tally.operations;
