package dev.tally.system;

import dev.tally.local.Database;
import dev.tally.local.Liberty;
import dev.tally.local.Relay;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Lays the server that Arquillian starts: the same server.xml without the application, on the
 * database of {@link TallyServer}. Before the first test, because Arquillian reads its
 * configuration once.
 */
public class ContainerServer implements LauncherSessionListener {

    private static final Path USR = Path.of("target/arquillian");

    private static Relay relay;

    /** What lies between this server and the database; not the one of {@link TallyServer}. */
    public static Relay relay() {
        return relay;
    }

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        // Unit tests need no server.
        if (!Boolean.getBoolean("tally.integration")) return;
        try {
            var tally = TallyServer.get();
            relay = Relay.to(tally.database());
            var httpPort = Database.freePort();
            Liberty.layWithoutApplication(
                    USR,
                    Liberty.environment(
                            httpPort,
                            Database.freePort(),
                            "localhost",
                            relay.port(),
                            tally.tokens()));
            System.setProperty("arquillian.usr", USR.toAbsolutePath().toString());
            System.setProperty("arquillian.http.port", Integer.toString(httpPort));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
