/** Resources of titles and policies: one at a time, and titles in bulk. */
package dev.tally.catalog.api;
