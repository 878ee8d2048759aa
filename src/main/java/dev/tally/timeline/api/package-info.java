/** Resource of a customer's history. */
package dev.tally.timeline.api;
