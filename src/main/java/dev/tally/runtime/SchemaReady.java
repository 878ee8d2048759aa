package dev.tally.runtime;

/**
 * Fired when the schema is at the version that the application was built for. What an observer
 * throws keeps the application from being ready, and is tried again.
 */
public record SchemaReady() {}
