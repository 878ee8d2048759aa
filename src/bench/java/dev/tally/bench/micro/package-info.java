/**
 * Measures how much processor time the parts of one command take, each by itself and without a
 * database: {@code mvn -Pbench -Dbench=micro}. Every figure is for one thread.
 */
package dev.tally.bench.micro;
