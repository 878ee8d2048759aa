package dev.tally.licensing.denials;

import dev.tally.ids.CustomerId;
import dev.tally.licensing.denials.KeptDenial.Place;

import java.util.function.Consumer;

import javax.sql.DataSource;

/** Queries of the denials in a database, outside the container. */
public final class KeptDenials {

    private KeptDenials() {}

    /**
     * Queries of a database.
     *
     * @param asked told each customer that is asked for
     */
    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    public static DenialQueries in(DataSource source, Consumer<String> asked) {
        var table = new DenialTable();
        table.database = source;
        var queries =
                new DenialQueries() {
                    @Override
                    public Part older(
                            CustomerId customer, DenialFilter filter, Place place, int limit) {
                        asked.accept(customer.value());
                        return super.older(customer, filter, place, limit);
                    }
                };
        queries.table = table;
        return queries;
    }
}
