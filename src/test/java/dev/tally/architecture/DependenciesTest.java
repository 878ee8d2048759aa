package dev.tally.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static dev.tally.architecture.Code.MAIN;
import static dev.tally.architecture.Code.feature;
import static dev.tally.architecture.Code.in;
import static dev.tally.architecture.Code.library;
import static dev.tally.architecture.Code.ours;
import static dev.tally.architecture.Code.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

import dev.tally.catalog.Catalog;
import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.Scope;
import dev.tally.catalog.Title;
import dev.tally.platform.LostRace;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

/** Which part of the house may know which. */
class DependenciesTest {

    private static final DescribedPredicate<JavaClass> JAVA = resideInAPackage("java..");

    /** What a decision reads of the catalogue: values. */
    private static final DescribedPredicate<JavaClass> POLICY =
            belongToAnyOf(Policy.class, PolicyKey.class, Scope.class, Title.class);

    /** And how a handler gets at them. */
    private static final DescribedPredicate<JavaClass> CATALOG =
            POLICY.or(belongToAnyOf(Catalog.class, PolicySet.class));

    static Stream<String> features() {
        return Code.featuresThatDecide();
    }

    @Test
    void two_features_decide() {
        assertThat(features()).containsExactly("licensing", "playback");
    }

    @Test
    void a_rule_about_a_package_without_classes_fails() {
        assertThatThrownBy(() -> in("licencing.domain")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> library("jakarta.persistance.."))
                .isInstanceOf(AssertionError.class);
    }

    @ParameterizedTest
    @MethodSource("features")
    void events_know_only_events(String feature) {
        onlyKnows(in(feature + ".events.."), JAVA.or(in("*.events..")));
    }

    @ParameterizedTest
    @MethodSource("features")
    void the_domain_knows_its_events_and_the_policy(String feature) {
        var domain = in(feature + ".domain..");
        onlyKnows(
                domain,
                JAVA.or(domain)
                        .or(in("*.events.."))
                        .or(below(feature, "domain"))
                        .or(POLICY)
                        .or(library("org.pcollections..")));
    }

    @ParameterizedTest
    @MethodSource("features")
    void handlers_know_their_domain_the_port_and_the_catalogue(String feature) {
        var write = in(feature + ".write..");
        onlyKnows(
                write,
                JAVA.or(write)
                        .or(in(feature + ".domain.."))
                        .or(in("*.events.."))
                        .or(below(feature, "domain"))
                        .or(below(feature, "write"))
                        .or(in("eventstore"))
                        .or(CATALOG)
                        .or(library("jakarta.inject.."))
                        .or(library("jakarta.enterprise.context.."))
                        .or(library("jakarta.transaction..")));
    }

    @ParameterizedTest
    @MethodSource("features")
    void resources_know_their_handlers_and_the_platform(String feature) {
        var api = in(feature + ".api..");
        onlyKnows(
                api,
                not(ours())
                        .or(api)
                        .or(in(feature + ".write.."))
                        .or(in(feature + ".domain.."))
                        .or(in("*.events.."))
                        .or(below(feature, "domain"))
                        .or(below(feature, "write"))
                        .or(below(feature, "api"))
                        .or(in("platform"))
                        .or(belongToAnyOf(Scope.class)));
    }

    /** Playback stands on licensing's account, room by room (decision 0012). */
    private static DescribedPredicate<JavaClass> below(String feature, String room) {
        return feature.equals("playback")
                ? in("licensing." + room)
                : DescribedPredicate.alwaysFalse();
    }

    @Test
    void features_know_of_each_other_only_events() {
        classes().that(ours()).should(onlyKnowEventsOfOtherFeatures()).check(MAIN);
    }

    @Test
    void the_platform_knows_no_feature() {
        onlyKnows(in("platform.."), not(ours()).or(in("platform..")));
    }

    @Test
    void the_port_is_plain_java() {
        onlyKnows(in("eventstore"), JAVA.or(in("eventstore")).or(belongToAnyOf(LostRace.class)));
    }

    @Test
    void how_events_are_stored_is_visible_to_the_event_store_only() {
        noClasses()
                .that(not(in("eventstore..")))
                .should()
                .dependOnClassesThat(
                        in("eventstore.postgres..")
                                .or(in("eventstore.kryo.."))
                                .or(in("eventstore.archive..")))
                .check(MAIN);
    }

    @Test
    void jpa_stops_at_the_rows() {
        noClasses()
                .that(not(in("eventstore.postgres").or(in("catalog"))))
                .should()
                .dependOnClassesThat(
                        library("jakarta.persistence..").or(library("org.hibernate..")))
                .check(MAIN);
    }

    @Test
    void jdbc_is_for_the_tables_of_events_and_the_schema() {
        noClasses()
                .that(
                        not(
                                in("eventstore.postgres")
                                        .or(in("eventstore.archive"))
                                        .or(in("platform"))))
                .should()
                .dependOnClassesThat(library("java.sql..").or(library("javax.sql..")))
                .check(MAIN);
    }

    @Test
    void kryo_stops_at_the_codecs() {
        noClasses()
                .that(not(in("eventstore.kryo")))
                .should()
                .dependOnClassesThat(library("com.esotericsoftware.."))
                .check(MAIN);
    }

    @Test
    void http_stops_at_the_resources() {
        noClasses()
                .that(not(in("*.api").or(in("platform")).or(resideInAPackage(Code.ROOT))))
                .should()
                .dependOnClassesThat(library("jakarta.ws.rs..").or(library("jakarta.servlet..")))
                .check(MAIN);
    }

    @Test
    void packages_have_no_cycles() {
        slices().matching(Code.ROOT + ".(**)").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void features_have_no_cycles() {
        slices().assignedFrom(featuresAndEventsApart()).should().beFreeOfCycles().check(MAIN);
    }

    private static void onlyKnows(
            DescribedPredicate<JavaClass> part, DescribedPredicate<JavaClass> known) {
        classes().that(part).should().onlyDependOnClassesThat(known).check(MAIN);
    }

    /**
     * The platform is what all stand on; the port serves handlers and the timeline; those that
     * decide need limits, and playback the account.
     */
    private static boolean mayKnow(JavaClass type, JavaClass other) {
        return switch (feature(other)) {
            case String same when same.equals(feature(type)) -> true;
            case "platform" -> true;
            case "eventstore" ->
                    room(other).isEmpty()
                            && (room(type).equals("write") || feature(type).equals("timeline"));
            case "catalog" ->
                    (feature(type).equals("licensing") || feature(type).equals("playback"))
                            && room(other).isEmpty();
            case "licensing" -> feature(type).equals("playback") || room(other).equals("events");
            default -> room(other).equals("events");
        };
    }

    private static ArchCondition<JavaClass> onlyKnowEventsOfOtherFeatures() {
        return new ArchCondition<>("know only events of other features") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (var dependency : type.getDirectDependenciesFromSelf()) {
                    var other = dependency.getTargetClass();
                    if (ours().test(other) && !mayKnow(type, other)) {
                        events.add(
                                SimpleConditionEvent.violated(type, dependency.getDescription()));
                    }
                }
            }
        };
    }

    /** Events are the contract between all others: a feature of their own here. */
    private static SliceAssignment featuresAndEventsApart() {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                if (!ours().test(type) || feature(type).isEmpty()) return SliceIdentifier.ignore();
                return room(type).equals("events")
                        ? SliceIdentifier.of(feature(type), "events")
                        : SliceIdentifier.of(feature(type));
            }

            @Override
            public String getDescription() {
                return "features, their events apart";
            }
        };
    }
}
