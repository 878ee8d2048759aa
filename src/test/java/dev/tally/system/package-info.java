/**
 * Tests of the packaged application from outside: HTTP in front of it, a {@link
 * dev.tally.local.Relay} behind it.
 */
package dev.tally.system;
