package dev.tally.eventstore.postgres;

import dev.tally.availability.GuardedUse;
import dev.tally.eventstore.EventFeed;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.FeedCursor;
import dev.tally.eventstore.FeedLag;
import dev.tally.eventstore.FeedPage;
import dev.tally.eventstore.WrongVersion;
import dev.tally.eventstore.codec.EventMappers;
import dev.tally.eventstore.codec.EventModel;
import dev.tally.local.Database;
import dev.tally.local.LocalPersistence;
import dev.tally.runtime.Ids;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;

import org.postgresql.ds.PGPoolingDataSource;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Period;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

import javax.sql.DataSource;

/**
 * The event store of one node outside the container. It connects as the application's role and
 * keeps accounts in a memory of its own. As in the container, each call has an entity manager of
 * its own.
 */
public final class Stores implements AutoCloseable {

    /** The value of tally.archive.hot-window that the application is shipped with. */
    public static final Period HOT_WINDOW = Period.ofMonths(3);

    /** The number of connections, the same as the application has. */
    private static final int CONNECTIONS = 16;

    private final DataSource source;
    private final EntityManagerFactory factory;
    private final EventStore store;
    private final EventReader reader;
    private final Acknowledged acknowledged = new Acknowledged();

    @SuppressWarnings("ThreadLocalUsage") // of this node's calls
    private final ThreadLocal<EntityManager> current = new ThreadLocal<>();

    private final AtomicReference<Runnable> rival = new AtomicReference<>();
    private final AtomicInteger lostRaces = new AtomicInteger();
    private final AtomicInteger transactions = new AtomicInteger();

    /**
     * The settings of a node.
     *
     * @param eventsPerGeneration smallest number of events in a generation
     * @param warmKilobytes memory for accounts; 0 for none
     */
    public record Settings(int eventsPerGeneration, int warmKilobytes) {

        /** The settings that the application is shipped with. */
        public static final Settings SHIPPED = new Settings(50, 24_576);

        /** Settings of a node that keeps no accounts in memory. */
        public static Settings cold(int eventsPerGeneration) {
            return new Settings(eventsPerGeneration, 0);
        }
    }

    /** Here nothing guards the database. */
    private static final class Unguarded extends GuardedUse {
        @Override
        public <T> T of(Supplier<T> use) {
            return use.get();
        }
    }

    public Stores(Database database, EventModel<?> model, Settings settings) {
        this(pool(database), model, settings);
    }

    /**
     * A connection pool, as the container has one, because opening a connection takes longer than a
     * read.
     */
    @SuppressWarnings("deprecation") // a plain pool is all that is needed
    private static PGPoolingDataSource pool(Database database) {
        var pool = new PGPoolingDataSource();
        // The pool needs a name of its own, because it is looked up by name when it is closed.
        pool.setDataSourceName("stores-" + Ids.next());
        pool.setUrl(database.jdbcUrl(Database.Role.TALLY_APP));
        pool.setMaxConnections(CONNECTIONS);
        return pool;
    }

    /**
     * A node that has registered the model, as the application does at its start.
     *
     * @param source connections of the application's role
     */
    public Stores(DataSource source, EventModel<?> model, Settings settings) {
        this.source = source;
        factory = LocalPersistence.on(source);
        store = store(model, settings);
        reader = new EventReader(model, new EventMappers(model.mappers()), StoreMetrics.NONE);
        inTransaction(
                entityManager -> {
                    Registry.register(entityManager, model);
                    return null;
                });
    }

    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    private EventStore store(EventModel<?> model, Settings settings) {
        var node = new PostgresEventStore();
        node.entityManager = perCall();
        acknowledged.entityManager = node.entityManager;
        node.acknowledged = acknowledged;
        node.rows = new LocalRows();
        node.guarded = new Unguarded();
        node.model = model;
        node.clock = Clock.systemUTC();
        node.eventsPerGeneration = settings.eventsPerGeneration;
        node.hotWindow = HOT_WINDOW;
        node.warmKilobytes = settings.warmKilobytes;
        node.prepare();
        return (EventStore)
                Proxy.newProxyInstance(
                        EventStore.class.getClassLoader(),
                        new Class<?>[] {EventStore.class},
                        (proxy, method, arguments) ->
                                withCurrent(() -> call(node, method, arguments)));
    }

    /** The node's store. */
    public EventStore store() {
        return store;
    }

    /** The feed as the node reads it, each time in a transaction of its own. */
    public EventFeed feed() {
        return new EventFeed() {
            @Override
            public FeedPage read(FeedCursor after, int limit) {
                return PostgresEventFeed.page(
                        reader, inTransaction(em -> FeedRead.read(em, after, limit)));
            }

            @Override
            public FeedCursor newest() {
                return inTransaction(FeedRead::newest);
            }

            @Override
            public FeedLag lag() {
                return inTransaction(FeedRows::lag);
            }
        };
    }

    /** The commands that this node has stored and the database has lost. */
    List<Acknowledged.Stored> lost() {
        try {
            return withCurrent(acknowledged::missing);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** The number of appends of this node that were refused because the head had been updated. */
    public int lostRaces() {
        return lostRaces.get();
    }

    /** The number of transactions in which this node stored appends, or tried to. */
    public int transactions() {
        return transactions.get();
    }

    /**
     * Runs the work between the next read of this node and its append, in the place of another
     * node.
     */
    public void beforeTheNextIsStored(Runnable work) {
        rival.set(work);
    }

    /** Stores in a transaction of its own, as {@code @Transactional} does in the container. */
    private final class LocalRows extends HistoryRows {

        @Override
        public void store(List<Append<?>> appends) {
            var first = rival.getAndSet(null);
            if (first != null) first.run();
            transactions.incrementAndGet();
            try {
                inTransaction(
                        em -> {
                            var rows = new HistoryRows();
                            rows.entityManager = em;
                            rows.store(appends);
                            return null;
                        });
            } catch (WrongVersion e) {
                lostRaces.incrementAndGet();
                throw e;
            }
        }
    }

    private EntityManager perCall() {
        return (EntityManager)
                Proxy.newProxyInstance(
                        EntityManager.class.getClassLoader(),
                        new Class<?>[] {EntityManager.class},
                        (proxy, method, arguments) -> call(current.get(), method, arguments));
    }

    private interface Work<T> {
        T run() throws Throwable;
    }

    private <T> T withCurrent(Work<T> work) throws Throwable {
        var outer = current.get();
        try (var entityManager = factory.createEntityManager()) {
            current.set(entityManager);
            return work.run();
        } finally {
            current.set(outer);
        }
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    public <T> T inTransaction(Function<EntityManager, T> work) {
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

    @Override
    @SuppressWarnings("deprecation") // as it was made
    public void close() {
        factory.close();
        if (source instanceof PGPoolingDataSource pool) pool.close();
    }
}
