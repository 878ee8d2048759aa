/** Titles and policies over HTTP: one at a time, and titles in bulk. */
package dev.tally.catalog.api;
