package dev.tally.runtime;

/**
 * Event fired when the schema is at the version that the application was built for. An observer
 * that throws keeps the application from being ready; the event is then fired again.
 */
public record SchemaReady() {}
