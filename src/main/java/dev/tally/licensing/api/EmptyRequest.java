package dev.tally.licensing.api;

/** A command that needs no words: no body, or an empty object. */
public record EmptyRequest() {}
