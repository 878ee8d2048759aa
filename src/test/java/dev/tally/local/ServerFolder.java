package dev.tally.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/** The folder of one Liberty server, with the same content as in the Dockerfile. */
final class ServerFolder {

    private static final Path CONFIGURATION = Path.of("src/main/liberty");
    private static final Path FOR_ARQUILLIAN = Path.of("src/test/liberty");
    private static final String APPLICATION = "application.xml";
    private static final String KEYSTORE_PASSWORD = "keystore_password";

    private final Path folder;

    private ServerFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Creates the folder without the application. Files that Liberty has cached in it are kept.
     *
     * @param usr Liberty's user folder
     */
    static ServerFolder lay(Path usr, Node node, Map<String, String> environment)
            throws IOException {
        var folder = usr.resolve("servers").resolve(node.name());
        for (var made :
                List.of(APPLICATION, "apps", "dropins", "configDropins", "lib", "db-migrations")) {
            TestFolder.delete(folder.resolve(made));
        }
        Files.createDirectories(folder);
        Secret.close(folder);
        copy(Path.of("target/lib"), folder.resolve("lib"));
        copy(CONFIGURATION.resolve("jvm.options"), folder.resolve("jvm.options"));
        copy(Path.of("server.xml"), folder.resolve("server.xml"));
        copy(node.migrations(), folder.resolve("db-migrations"));
        var laid = new ServerFolder(folder);
        laid.tell(environment);
        return laid;
    }

    void addApplication(Path war) throws IOException {
        copy(CONFIGURATION.resolve(APPLICATION), folder.resolve(APPLICATION));
        Files.createDirectories(folder.resolve("apps"));
        copy(war, folder.resolve("apps/tally.war"));
    }

    void addWhatArquillianNeeds() throws IOException {
        copy(FOR_ARQUILLIAN, folder);
    }

    /**
     * Writes the environment to a file that Liberty's start script reads. Like {@code server
     * create}, it also writes a password for the key store. Liberty creates the store with it and
     * needs the same one at the next start.
     */
    private void tell(Map<String, String> environment) throws IOException {
        var file = folder.resolve("server.env");
        var variables = new TreeMap<>(environment);
        variables.put(KEYSTORE_PASSWORD, UUID.randomUUID().toString());
        if (Files.exists(file)) {
            Files.readAllLines(file).stream()
                    .map(line -> line.split("=", 2))
                    .filter(line -> line[0].equals(KEYSTORE_PASSWORD))
                    .forEach(line -> variables.put(KEYSTORE_PASSWORD, line[1]));
        }
        Secret.write(
                file,
                variables.entrySet().stream()
                        .map(variable -> variable.getKey() + "=" + variable.getValue() + "\n")
                        .collect(Collectors.joining()));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : (Iterable<Path>) files::iterator) {
                var target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}
