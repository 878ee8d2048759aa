/**
 * What is stored for ever about licenses, downloads and devices: the contract between all other
 * parts.
 */
package dev.tally.licensing.events;
