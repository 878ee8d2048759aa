package dev.tally.catalog;

/** A title and the number of its version, which grows with each change. */
public record TitleVersion(Title title, int version) {}
