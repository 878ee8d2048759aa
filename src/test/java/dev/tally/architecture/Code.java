package dev.tally.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;

import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The compiled application, and the names that architecture rules use for its parts. */
final class Code {

    static final String ROOT = "dev.tally";

    static final JavaClasses MAIN = new ClassFileImporter().importPath(Path.of("target/classes"));

    private Code() {}

    /**
     * Classes of a package below {@link #ROOT}; also of the packages under it if the name ends with
     * two dots.
     *
     * @throws AssertionError if the package has no classes, because a rule about it could never
     *     fail
     */
    static DescribedPredicate<JavaClass> in(String name) {
        return known(JavaClass.Predicates.resideInAPackage(ROOT + "." + name));
    }

    /**
     * Classes of a library.
     *
     * @throws AssertionError if the application does not use it, because a rule about it could
     *     never fail
     */
    static DescribedPredicate<JavaClass> library(String name) {
        var library = JavaClass.Predicates.resideInAPackage(name);
        var isUsed =
                MAIN.stream()
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .anyMatch(dependency -> library.test(dependency.getTargetClass()));
        if (!isUsed) throw new AssertionError("nothing uses " + name);
        return library;
    }

    static DescribedPredicate<JavaClass> ours() {
        return in(".");
    }

    /** The features that decide something: top-level packages with a package {@code write}. */
    static Stream<String> featuresThatDecide() {
        var features = new TreeSet<String>();
        for (var type : MAIN) {
            if (room(type).equals("write")) features.add(feature(type));
        }
        return features.stream();
    }

    /**
     * The feature of a class: the first package below {@link #ROOT}; empty for a class in the root
     * itself.
     */
    static String feature(JavaClass type) {
        return part(type, 0);
    }

    /** The package below the feature; empty for a class in the feature's own package. */
    static String room(JavaClass type) {
        return part(type, 1);
    }

    private static String part(JavaClass type, int index) {
        return Pattern.compile("\\.")
                .splitAsStream(type.getPackageName().substring(ROOT.length()))
                .skip(index + 1L)
                .findFirst()
                .orElse("");
    }

    private static DescribedPredicate<JavaClass> known(DescribedPredicate<JavaClass> classes) {
        if (MAIN.stream().noneMatch(classes)) {
            throw new AssertionError("no class: " + classes.getDescription());
        }
        return classes;
    }
}
