package dev.tally.system;

import dev.tally.local.Node;
import dev.tally.local.Relay;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Creates the server that Arquillian starts: one more node of {@link TallyServer}'s installation,
 * without the application. This happens before the first test, because Arquillian reads its
 * configuration once.
 */
public class ContainerServer implements LauncherSessionListener {

    /**
     * The server's name, which is also in arquillian.xml. No other node may have it, because
     * Arquillian takes each JVM that runs a server of this name for its own.
     */
    private static final String NAME = "container";

    private static Relay relay;

    /** The relay between this server and the database. It is not the one of {@link TallyServer}. */
    public static Relay relay() {
        return relay;
    }

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        // Unit tests need no server.
        if (!Boolean.getBoolean("tally.integration")) return;
        try {
            var installation = TallyServer.get().installation();
            relay = installation.relay();
            var node = Node.named(NAME).through(relay);
            var usr = installation.layForArquillian(node);
            System.setProperty("arquillian.usr", usr.toAbsolutePath().toString());
            System.setProperty("arquillian.http.port", Integer.toString(node.httpPort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
