package dev.tally.licensing.api;

/** Body of a command without content: no body, or an empty object. */
public record EmptyRequest() {}
