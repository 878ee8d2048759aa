package dev.tally.local;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.postgresql.ds.PGSimpleDataSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.HexFormat;

/**
 * The superuser of an embedded server. The superuser needs a password, which lies in a file that
 * only the owner of the home folder can read. The roles of {@code roles.sql} log in from this
 * machine without one.
 *
 * <p>At the first start, and at that of a server from before there were passwords, the superuser
 * can log in without one until it is set.
 */
final class Superuser {

    private static final String FILE = "superuser.password";
    private static final int PASSWORD_BYTES = 24;

    private static final String WITH_PASSWORD =
            """
            host all postgres all scram-sha-256
            host all tally_owner,tally_app,tally_reader 127.0.0.1/32 trust
            host all tally_owner,tally_app,tally_reader ::1/128 trust
            """;

    private static final String UNTIL_IT_IS_SET =
            """
            host all all 127.0.0.1/32 trust
            host all all ::1/128 trust
            """;

    private final Path file;
    private final Path rules;
    private String password;

    private Superuser(Path file, Path rules, String password) {
        this.file = file;
        this.rules = rules;
        this.password = password;
    }

    static Superuser in(Path home) throws IOException {
        var file = home.resolve(FILE);
        var password = Files.exists(file) ? Files.readString(file).strip() : null;
        var rules = home.resolve("pg_hba.conf").toAbsolutePath();
        Files.writeString(rules, password == null ? UNTIL_IT_IS_SET : WITH_PASSWORD);
        return new Superuser(file, rules, password);
    }

    void configure(EmbeddedPostgres.Builder server) {
        server.setServerConfig("hba_file", rules.toString());
        if (password != null) server.setConnectConfig("password", password);
    }

    /** Sets a password if there is none yet. */
    void secure(PGSimpleDataSource server) throws IOException, SQLException {
        if (password != null) return;
        var made = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(made);
        password = HexFormat.of().formatHex(made);
        try (var connection = server.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("alter role postgres password '" + password + "'");
            Secret.write(file, password + "\n");
            Files.writeString(rules, WITH_PASSWORD);
            statement.execute("select pg_reload_conf()");
        }
    }

    String password() {
        return password;
    }
}
