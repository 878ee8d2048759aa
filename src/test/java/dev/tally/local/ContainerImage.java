package dev.tally.local;

import com.github.dockerjava.api.command.PullImageResultCallback;
import com.github.dockerjava.api.exception.NotFoundException;

import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The image of PostgreSQL that tests run on if a container engine can start it. An engine that
 * answers may still be unable to pull, offline or in a company's network. Then that is said once
 * and nothing is tried again in this JVM.
 */
final class ContainerImage {

    /** The system property that names another image, from a company's registry for example. */
    static final String PROPERTY = "tally.test.postgres.image";

    /** The folder of the tablespace {@code archive} in a container. */
    static final String ARCHIVE = "/var/lib/archive";

    private static final Logger LOG = Logger.getLogger(ContainerImage.class.getName());
    private static final String NAME = System.getProperty(PROPERTY, "postgres:18");

    /** Testcontainers tries for minutes to pull the small image that cleans up after tests. */
    private static final Duration ENGINE_LIMIT = Duration.ofSeconds(30);

    /** Enough for a pull on a usual connection, and little beside what the tests take. */
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private static boolean unusable;

    private ContainerImage() {}

    /** A running server, or empty if there is no engine or it cannot start the image. */
    static Optional<PostgreSQLContainer> start() {
        return start(ENGINE_LIMIT);
    }

    static synchronized Optional<PostgreSQLContainer> start(Duration engineLimit) {
        if (unusable) return Optional.empty();
        unusable = true;
        try {
            if (!within(engineLimit, () -> DockerClientFactory.instance().isDockerAvailable())) {
                LOG.info("No container engine answers: tests run on embedded PostgreSQL");
                return Optional.empty();
            }
            var container = within(START_LIMIT, ContainerImage::started);
            LOG.info("Tests run on a container of " + NAME);
            unusable = false;
            return Optional.of(container);
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Level.FINE, "Why there is no container", e);
            LOG.info(
                    "A container engine answers, but cannot pull or start %s: tests run on embedded PostgreSQL (-D%s names another image)"
                            .formatted(NAME, PROPERTY));
            return Optional.empty();
        }
    }

    private static <T> T within(Duration limit, Callable<T> step)
            throws ExecutionException, TimeoutException {
        var task = new FutureTask<>(step);
        var thread = new Thread(task, "container engine");
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static PostgreSQLContainer started() throws IOException, InterruptedException {
        pull();
        var container =
                new PostgreSQLContainer(
                                DockerImageName.parse(NAME).asCompatibleSubstituteFor("postgres"))
                        .withUsername(Database.Role.POSTGRES.user())
                        .withEnv("POSTGRES_HOST_AUTH_METHOD", "trust")
                        .withCommand("postgres", "-c", "fsync=on");
        container.start();
        container.execInContainer("install", "-d", "-o", "postgres", ARCHIVE);
        return container;
    }

    /** Pulls the image if it is missing, once: Testcontainers would try for minutes. */
    private static void pull() throws InterruptedException {
        var engine = DockerClientFactory.instance().client();
        try {
            engine.inspectImageCmd(NAME).exec();
        } catch (NotFoundException e) {
            engine.pullImageCmd(NAME).exec(new PullImageResultCallback()).awaitCompletion();
        }
    }
}
