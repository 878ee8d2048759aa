package dev.tally.local;

import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Persistence;

import java.util.Map;

import javax.sql.DataSource;

/** The application's persistence unit outside the container. */
public final class LocalPersistence {

    private LocalPersistence() {}

    /** Makes entity managers, each with transactions of its own, on a source of connections. */
    public static EntityManagerFactory on(DataSource source) {
        return Persistence.createEntityManagerFactory(
                "tally",
                Map.of(
                        "jakarta.persistence.transactionType",
                        "RESOURCE_LOCAL",
                        // This is given too, because otherwise the name in persistence.xml would be
                        // looked up.
                        "jakarta.persistence.jtaDataSource",
                        source,
                        "jakarta.persistence.nonJtaDataSource",
                        source,
                        "hibernate.transaction.jta.platform",
                        "none"));
    }
}
