/**
 * Events of one customer, stored for ever: the contract between all other parts. Beside each event
 * stands the mapper of each of its versions.
 */
package dev.tally.licensing.events;
