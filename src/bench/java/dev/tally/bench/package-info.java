/**
 * How fast Tally is, and how close to what PostgreSQL itself can do: {@code mvn -Pbench}. Every
 * figure is measured in one run, on one machine, against the same database, together with the
 * ceilings it is compared with.
 */
package dev.tally.bench;
