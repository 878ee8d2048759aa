package dev.tally.licensing.write;

import dev.tally.catalog.Catalog;

/** Lookups of titles and policies outside the container. */
public final class Lookups {

    private Lookups() {}

    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    public static CatalogLookup in(Catalog catalog) {
        var lookup = new CatalogLookup();
        lookup.catalog = catalog;
        return lookup;
    }
}
