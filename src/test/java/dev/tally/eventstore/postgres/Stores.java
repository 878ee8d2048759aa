package dev.tally.eventstore.postgres;

import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.local.Database;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Persistence;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Period;
import java.util.Map;
import java.util.function.Function;

import javax.sql.DataSource;

/** The event store outside the container, as the role that the application has. */
public final class Stores implements AutoCloseable {

    /** As the application is shipped: tally.archive.hot-window. */
    public static final Period HOT_WINDOW = Period.ofMonths(3);

    private final EntityManagerFactory factory;
    private final int eventsPerGeneration;

    public Stores(Database database, int eventsPerGeneration) {
        this(database.dataSource(Database.Role.TALLY_APP), eventsPerGeneration);
    }

    /**
     * @param source connections of the application's role
     */
    public Stores(DataSource source, int eventsPerGeneration) {
        this.eventsPerGeneration = eventsPerGeneration;
        this.factory = factory(source);
        inTransactionWith(
                entityManager -> {
                    MapperRegistry.register(entityManager, new EventMappers());
                    return null;
                });
    }

    private static EntityManagerFactory factory(DataSource source) {
        return Persistence.createEntityManagerFactory(
                "tally",
                Map.of(
                        "jakarta.persistence.transactionType",
                        "RESOURCE_LOCAL",
                        // Given as well, or the name in persistence.xml would be looked up.
                        "jakarta.persistence.jtaDataSource",
                        source,
                        "jakarta.persistence.nonJtaDataSource",
                        source,
                        "hibernate.transaction.jta.platform",
                        "none"));
    }

    /** Runs with a store as a command does: without a transaction around it. */
    public <T> T use(Function<EventStore, T> work) {
        try (var entityManager = factory.createEntityManager()) {
            return work.apply(store(entityManager));
        }
    }

    /** As the container injects it: each call is one of its own. */
    public EventStore perCall() {
        return (EventStore)
                Proxy.newProxyInstance(
                        EventStore.class.getClassLoader(),
                        new Class<?>[] {EventStore.class},
                        (proxy, method, arguments) -> use(store -> call(store, method, arguments)));
    }

    private static Object call(EventStore store, Method method, Object[] arguments) {
        try {
            return method.invoke(store, arguments);
        } catch (InvocationTargetException e) {
            throw (RuntimeException) e.getCause();
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs with a store in a transaction; what it throws rolls back. */
    public <T> T inTransaction(Function<EventStore, T> work) {
        return inTransactionWith(entityManager -> work.apply(store(entityManager)));
    }

    public <T> T inTransactionWith(Function<EntityManager, T> work) {
        try (var entityManager = factory.createEntityManager()) {
            var transaction = entityManager.getTransaction();
            transaction.begin();
            try {
                var result = work.apply(entityManager);
                transaction.commit();
                return result;
            } finally {
                if (transaction.isActive()) {
                    transaction.rollback();
                }
            }
        }
    }

    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    private EventStore store(EntityManager entityManager) {
        var store = new PostgresEventStore();
        store.entityManager = entityManager;
        store.eventsPerGeneration = eventsPerGeneration;
        store.hotWindow = HOT_WINDOW;
        return store;
    }

    @Override
    public void close() {
        factory.close();
    }
}
