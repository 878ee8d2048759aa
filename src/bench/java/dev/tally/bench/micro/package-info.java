/**
 * What the parts of one command cost a processor, each by itself and without a database: {@code mvn
 * -Pmicro}. Every figure is of one thread.
 */
package dev.tally.bench.micro;
