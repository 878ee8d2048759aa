package dev.tally.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;

import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The compiled application, and what rules call its parts. */
final class Code {

    static final String ROOT = "dev.tally";

    static final JavaClasses MAIN = new ClassFileImporter().importPath(Path.of("target/classes"));

    private Code() {}

    /**
     * A package of ours, below {@link #ROOT}; those under it too if the name ends with two dots.
     *
     * @throws AssertionError if it has no classes: a rule about it would hold whatever the code is
     */
    static DescribedPredicate<JavaClass> in(String name) {
        return known(JavaClass.Predicates.resideInAPackage(ROOT + "." + name));
    }

    /**
     * Of somebody else.
     *
     * @throws AssertionError if the application does not use it anywhere
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

    /** The top-level packages that decide something: those with a room {@code write}. */
    static Stream<String> featuresThatDecide() {
        var features = new TreeSet<String>();
        for (var type : MAIN) {
            if (room(type).equals("write")) features.add(feature(type));
        }
        return features.stream();
    }

    /** The first package below {@link #ROOT}; empty for what lies in the root itself. */
    static String feature(JavaClass type) {
        return part(type, 0);
    }

    /** The package below the feature; empty for what lies in the feature itself. */
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
