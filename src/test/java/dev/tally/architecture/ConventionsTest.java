package dev.tally.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.core.domain.properties.CanBeAnnotated.Predicates.annotatedWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;

import static dev.tally.architecture.Code.MAIN;
import static dev.tally.architecture.Code.in;

import com.github.f4b6a3.ulid.UlidCreator;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaModifier;

import dev.tally.deadline.Deadline;
import dev.tally.licensing.write.CustomerTurns;
import dev.tally.runtime.Ids;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.Asynchronous;
import jakarta.inject.Inject;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;

import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;

/** Conventions of the code that a test can check. */
class ConventionsTest {

    private static final DescribedPredicate<JavaClass> ROWS =
            in("eventstore.postgres").or(in("catalog"));

    private static final DescribedPredicate<JavaClass> HANDLERS =
            in("*.write").and(simpleNameEndingWith("Handler"));

    @Test
    void the_domain_reads_no_clock_and_makes_no_id() {
        noClasses()
                .that(in("*.domain"))
                .should()
                .accessTargetWhere(readsTheTime())
                .orShould()
                .dependOnClassesThat(
                        belongToAnyOf(Clock.class, UUID.class, Ids.class)
                                .or(assignableTo(InstantSource.class))
                                .or(assignableTo(Random.class)))
                .check(MAIN);
    }

    @Test
    void there_is_one_clock_and_one_maker_of_ids() {
        noClasses()
                .that(not(in("runtime").or(belongToAnyOf(CustomerTurns.class, Deadline.class))))
                .should()
                .accessTargetWhere(readsTheTime())
                .orShould()
                .dependOnClassesThat(
                        belongToAnyOf(UUID.class, UlidCreator.class).or(assignableTo(Random.class)))
                .check(MAIN);
    }

    @Test
    void what_is_stored_and_what_is_decided_from_does_not_change() {
        fields().that()
                .areDeclaredInClassesThat(in("*.events").or(in("*.domain")))
                .should()
                .beFinal()
                .check(MAIN);
    }

    @Test
    void a_transaction_begins_at_rows() {
        methods()
                .that()
                .areAnnotatedWith(Transactional.class)
                .should()
                .beDeclaredInClassesThat(ROWS)
                .check(MAIN);
        noClasses().should().beAnnotatedWith(Transactional.class).check(MAIN);
    }

    /**
     * A handler reads without a transaction, and the store's append opens its own. A transaction
     * around both would only hold a connection and locks longer.
     */
    @Test
    void a_handler_opens_no_transaction() {
        methods()
                .that()
                .areDeclaredInClassesThat(HANDLERS)
                .and()
                .arePublic()
                .should()
                .notBeAnnotatedWith(Transactional.class)
                .andShould()
                .haveName("handle")
                .check(MAIN);
    }

    /** The container silently does not intercept other methods. */
    @Test
    void intercepted_methods_can_be_overridden_by_a_proxy() {
        var intercepted = annotatedWith(Transactional.class).or(annotatedWith(Asynchronous.class));
        methods()
                .that(intercepted.forSubtype())
                .should()
                .bePublic()
                .andShould()
                .notBeStatic()
                .andShould()
                .notBeFinal()
                .check(MAIN);
        noMethods()
                .that(intercepted.forSubtype())
                .should()
                .beDeclaredInClassesThat(
                        describe("final", type -> type.getModifiers().contains(JavaModifier.FINAL)))
                .check(MAIN);
    }

    @Test
    void what_is_injected_is_package_private() {
        fields().that()
                .areAnnotatedWith(Inject.class)
                .or()
                .areAnnotatedWith(Resource.class)
                .or()
                .areAnnotatedWith(PersistenceContext.class)
                .should()
                .bePackagePrivate()
                .check(MAIN);
    }

    @Test
    void entities_do_not_leave_their_package() {
        classes()
                .that()
                .areAnnotatedWith(Entity.class)
                .should()
                .bePackagePrivate()
                .andShould()
                .resideInAnyPackage("dev.tally.eventstore.postgres", "dev.tally.catalog")
                .check(MAIN);
    }

    /**
     * In the container Hibernate notices changes by code that it weaves into the entity's own
     * methods. If another class writes a field, the change is silently not stored.
     */
    @Test
    void an_entity_that_changes_is_written_by_itself_only() {
        noClasses().should().setFieldWhere(changesARowFromOutside()).check(MAIN);
    }

    @Test
    void no_package_is_a_drawer() {
        noClasses()
                .should()
                .resideInAnyPackage(
                        "..util..",
                        "..utils..",
                        "..common..",
                        "..impl..",
                        "..dto..",
                        "..helper..",
                        "..helpers..")
                .check(MAIN);
    }

    @Test
    void no_class_is_named_after_its_shape() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Dto")
                .check(MAIN);
    }

    @Test
    void what_happens_is_logged_by_the_jdk_and_never_printed() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MAIN);
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "org.slf4j..",
                                "org.apache.logging..",
                                "org.apache.commons.logging..",
                                "org.jboss.logging.."))
                .orShould()
                .dependOnClassesThat(belongToAnyOf(System.Logger.class))
                .check(MAIN);
    }

    @Test
    void what_is_thrown_says_what_it_is() {
        NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS.check(MAIN);
    }

    private static DescribedPredicate<JavaAccess<?>> readsTheTime() {
        return describe(
                "the time is read",
                access -> {
                    var owner = access.getTargetOwner();
                    var name = access.getName();
                    return switch (owner.getName()) {
                        case "java.lang.System" ->
                                name.equals("currentTimeMillis") || name.equals("nanoTime");
                        case "java.util.Date", "java.util.GregorianCalendar" ->
                                name.equals("<init>")
                                        && access.getTarget().getFullName().endsWith("()");
                        case "java.util.Calendar" -> name.equals("getInstance");
                        case "java.time.Clock", "java.time.InstantSource" ->
                                name.startsWith("system") || name.startsWith("tick");
                        default ->
                                owner.getPackageName().startsWith("java.time")
                                        && name.equals("now");
                    };
                });
    }

    private static DescribedPredicate<JavaFieldAccess> changesARowFromOutside() {
        return describe(
                "a row is changed from outside",
                access ->
                        access.getTargetOwner().isAnnotatedWith(Entity.class)
                                && !access.getOriginOwner().equals(access.getTargetOwner())
                                && access.getTarget()
                                        .resolveMember()
                                        .orElseThrow()
                                        .getAnnotationOfType(Column.class)
                                        .updatable());
    }
}
