package dev.tally.local;

import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The image of PostgreSQL that tests run on if a container engine can start it. An engine that
 * answers may still be unable to pull, offline or in a company's network. Then that is said once
 * and nothing is tried again in this JVM; {@code testcontainers.properties} ends attempts that lead
 * nowhere.
 */
final class ContainerImage {

    /** The system property that names another image, from a company's registry for example. */
    static final String PROPERTY = "tally.test.postgres.image";

    /** The folder of the tablespace {@code archive} in a container. */
    static final String ARCHIVE = "/var/lib/archive";

    private static final Logger LOG = Logger.getLogger(ContainerImage.class.getName());
    private static final String NAME = System.getProperty(PROPERTY, "postgres:18");

    /** Enough for a pull on a usual connection, and little beside what the tests take. */
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private static boolean unusable;

    private ContainerImage() {}

    /** A running server, or empty if there is no engine or it cannot start the image. */
    static Optional<PostgreSQLContainer> start() {
        return start(START_LIMIT);
    }

    static synchronized Optional<PostgreSQLContainer> start(Duration limit) {
        if (unusable) return Optional.empty();
        try {
            var container = CompletableFuture.supplyAsync(ContainerImage::startIfThereIsAnEngine);
            var started = container.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            LOG.info(
                    started.isPresent()
                            ? "Tests run on a container of " + NAME
                            : "No container engine answers: tests run on embedded PostgreSQL");
            unusable = started.isEmpty();
            return started;
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Level.FINE, "Why there is no container", e);
            LOG.info(
                    "A container engine answers, but cannot pull or start %s: tests run on embedded PostgreSQL (-D%s names another image)"
                            .formatted(NAME, PROPERTY));
            unusable = true;
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Optional<PostgreSQLContainer> startIfThereIsAnEngine() {
        try {
            return DockerClientFactory.instance().isDockerAvailable()
                    ? Optional.of(started())
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PostgreSQLContainer started() throws IOException {
        var container =
                new PostgreSQLContainer(
                                DockerImageName.parse(NAME).asCompatibleSubstituteFor("postgres"))
                        .withUsername(Database.Role.POSTGRES.user())
                        .withEnv("POSTGRES_HOST_AUTH_METHOD", "trust")
                        .withCommand("postgres", "-c", "fsync=on");
        container.start();
        try {
            container.execInContainer("install", "-d", "-o", "postgres", ARCHIVE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return container;
    }
}
