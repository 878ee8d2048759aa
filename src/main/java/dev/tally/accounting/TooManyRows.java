package dev.tally.accounting;

/** Thrown if a question asks for more rows than one answer may have. */
public final class TooManyRows extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooManyRows() {
        super("There are more than %,d rows.".formatted(UsageQuery.MAX_ROWS));
    }
}
