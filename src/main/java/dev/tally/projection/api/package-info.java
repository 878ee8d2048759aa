/**
 * Resources of the feed: pages, lines and server-sent events, each event in CloudEvents' envelope.
 */
package dev.tally.projection.api;
