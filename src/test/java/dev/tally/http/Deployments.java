package dev.tally.http;

import org.assertj.core.api.Assertions;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;

import java.io.File;
import java.net.URISyntaxException;

/**
 * The deployments of tests inside the container: the packaged application and the classes of the
 * tests.
 */
public final class Deployments {

    private static final File APPLICATION = new File("target/tally.war");

    private Deployments() {}

    public static WebArchive tallyWith(Class<?>... tests) {
        try {
            var assertj = Assertions.class.getProtectionDomain().getCodeSource().getLocation();
            return ShrinkWrap.create(ZipImporter.class, tests[0].getSimpleName() + ".war")
                    .importFrom(APPLICATION)
                    .as(WebArchive.class)
                    .addAsLibrary(new File(assertj.toURI()))
                    .addClasses(tests);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
