/**
 * Measures how fast Tally is, and how close it comes to what PostgreSQL itself can do: {@code mvn
 * -Pbench}. Every figure is measured in the same run, on the same machine and the same database as
 * the ceilings that it is compared with.
 */
package dev.tally.bench;
