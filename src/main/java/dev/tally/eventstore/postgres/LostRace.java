package dev.tally.eventstore.postgres;

import dev.tally.eventstore.WrongVersion;

import java.sql.SQLException;
import java.util.Objects;
import java.util.stream.Stream;

/** Tells whether an append failed because another command of the customer was stored first. */
final class LostRace {

    /**
     * Constraint that the later of two first appends for a customer violates, since both insert the
     * head.
     */
    private static final String ONE_HEAD = "customer_has_one_head";

    private static final String UNIQUE_VIOLATION = "23505";
    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String DEADLOCK = "40P01";

    private LostRace() {}

    static boolean isBehind(Throwable e) {
        return Stream.iterate(e, Objects::nonNull, Throwable::getCause)
                .anyMatch(
                        cause ->
                                cause instanceof WrongVersion
                                        || (cause instanceof SQLException sql && isLostRace(sql)));
    }

    private static boolean isLostRace(SQLException e) {
        return switch (e.getSQLState()) {
            case null -> false;
            case SERIALIZATION_FAILURE, DEADLOCK -> true;
            case UNIQUE_VIOLATION -> e.getMessage().contains(ONE_HEAD);
            default -> false;
        };
    }
}
