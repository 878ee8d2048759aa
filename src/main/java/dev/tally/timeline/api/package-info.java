/** History over HTTP. */
package dev.tally.timeline.api;
