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

import dev.tally.availability.Outage;
import dev.tally.catalog.Catalog;
import dev.tally.catalog.CustomerPolicies;
import dev.tally.catalog.KnownCatalog;
import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicyDocument;
import dev.tally.catalog.PolicyKey;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;
import dev.tally.catalog.Title;
import dev.tally.catalog.UnreadableCopy;
import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.Caller;
import dev.tally.eventstore.UnreadableHistory;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventModel;
import dev.tally.eventstore.codec.FieldReader;
import dev.tally.http.Json;
import dev.tally.runtime.Ids;
import dev.tally.runtime.NativeCrypto;
import dev.tally.runtime.Ticks;

import org.junit.jupiter.api.Test;

/** Which package may use which other package. */
class DependenciesTest {

    private static final DescribedPredicate<JavaClass> JAVA = resideInAPackage("java..");

    /** The values of the catalogue that decisions use. */
    private static final DescribedPredicate<JavaClass> POLICY =
            belongToAnyOf(Policy.class, PolicyKey.class, Scope.class, Title.class);

    /** The types with which a feature describes its events to the store. */
    private static final DescribedPredicate<JavaClass> MAPPERS =
            belongToAnyOf(
                    AggregateType.class,
                    EventMapper.class,
                    EventMapper.Builder.class,
                    FieldReader.class);

    /**
     * The types of the event store that resources use: the caller, and errors about histories that
     * cannot be read.
     */
    private static final DescribedPredicate<JavaClass> CALLS =
            belongToAnyOf(Caller.class, UnreadableHistory.class);

    /** The types through which handlers get titles and policies. */
    private static final DescribedPredicate<JavaClass> CATALOG =
            POLICY.or(
                    belongToAnyOf(
                            Catalog.class,
                            KnownCatalog.class,
                            UnreadableCopy.class,
                            PolicySet.class,
                            PolicySettings.class,
                            PolicyDocument.class,
                            CustomerPolicies.class));

    @Test
    void one_feature_decides() {
        assertThat(Code.featuresThatDecide()).containsExactly("licensing");
    }

    @Test
    void a_rule_about_a_package_without_classes_fails() {
        assertThatThrownBy(() -> in("licencing.domain")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> library("jakarta.persistance.."))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void ids_know_nothing() {
        onlyKnows(in("ids"), JAVA.or(in("ids")));
    }

    @Test
    void events_know_ids_and_how_they_are_written() {
        onlyKnows(
                in("licensing.events"), JAVA.or(in("licensing.events")).or(in("ids")).or(MAPPERS));
    }

    @Test
    void the_domain_knows_its_events_ids_and_the_policy() {
        onlyKnows(
                in("licensing.domain"),
                JAVA.or(in("licensing.domain"))
                        .or(in("licensing.events"))
                        .or(in("ids"))
                        .or(POLICY)
                        .or(library("org.pcollections..")));
    }

    @Test
    void handlers_know_their_domain_the_port_and_the_catalogue() {
        onlyKnows(
                in("licensing.write"),
                JAVA.or(in("licensing.write"))
                        .or(in("licensing.domain"))
                        .or(in("licensing.events"))
                        .or(in("ids"))
                        .or(in("eventstore"))
                        .or(belongToAnyOf(EventModel.class, EventMapper.class))
                        .or(CATALOG)
                        .or(in("availability"))
                        .or(in("deadline"))
                        .or(library("jakarta.inject.."))
                        .or(library("jakarta.enterprise.context.."))
                        .or(library("jakarta.enterprise.event.."))
                        .or(library("jakarta.enterprise.inject.."))
                        .or(library("jakarta.annotation"))
                        .or(library("jakarta.transaction.."))
                        .or(library("org.eclipse.microprofile.metrics..")));
    }

    @Test
    void promises_know_handlers_the_journal_and_what_a_node_knows_without_the_store() {
        onlyKnows(
                in("licensing.provisional"),
                not(ours())
                        .or(in("licensing.provisional"))
                        .or(in("licensing.write"))
                        .or(in("licensing.domain"))
                        .or(in("licensing.events"))
                        .or(in("ids"))
                        .or(in("eventstore"))
                        .or(in("fallback"))
                        .or(in("availability"))
                        .or(in("deadline"))
                        .or(in("runtime"))
                        .or(CATALOG)
                        .or(belongToAnyOf(KnownCatalog.class, Json.class)));
    }

    @Test
    void denials_know_what_is_decided_and_no_handler() {
        onlyKnows(
                in("licensing.denials"),
                not(ours())
                        .or(in("licensing.denials"))
                        .or(in("licensing.domain"))
                        .or(in("ids"))
                        .or(in("availability"))
                        .or(in("deadline"))
                        .or(in("runtime"))
                        .or(belongToAnyOf(Json.class, Scope.class)));
    }

    @Test
    void no_command_reads_denials() {
        noClasses()
                .that(
                        in("licensing.write")
                                .or(in("licensing.provisional"))
                                .or(in("licensing.domain")))
                .should()
                .dependOnClassesThat(in("licensing.denials"))
                .check(MAIN);
    }

    @Test
    void resources_know_their_handlers_and_http() {
        onlyKnows(
                in("licensing.api"),
                not(ours())
                        .or(in("licensing.."))
                        .or(in("ids"))
                        .or(in("http"))
                        .or(CALLS)
                        .or(belongToAnyOf(Ids.class, NativeCrypto.class, Scope.class))
                        .or(belongToAnyOf(Outage.class)));
    }

    @Test
    void playback_stands_on_licensing_and_licensing_does_not_know_it() {
        onlyKnows(
                in("playback.."),
                not(ours())
                        .or(in("playback.."))
                        .or(in("licensing.."))
                        .or(in("ids"))
                        .or(in("http"))
                        .or(in("runtime"))
                        .or(in("availability"))
                        .or(CALLS));
    }

    @Test
    void the_feed_knows_the_port_and_no_other_feature() {
        onlyKnows(
                in("projection.."),
                not(ours())
                        .or(in("projection.."))
                        .or(in("eventstore"))
                        .or(in("http"))
                        .or(in("runtime"))
                        .or(in("availability")));
    }

    @Test
    void features_know_of_each_other_only_what_is_listed() {
        classes().that(ours()).should(onlyKnowFeaturesBelow()).check(MAIN);
    }

    @Test
    void the_node_and_http_know_no_feature() {
        onlyKnows(in("runtime"), not(ours()).or(in("runtime")));
        onlyKnows(in("deadline"), JAVA.or(in("deadline")).or(resideInAPackage("javax.net..")));
        onlyKnows(
                in("availability"),
                not(ours()).or(in("availability")).or(in("runtime")).or(in("deadline")));
        onlyKnows(
                in("tracing"),
                JAVA.or(in("tracing"))
                        .or(library("io.opentelemetry.api.."))
                        .or(library("jakarta.enterprise.inject.."))
                        .or(library("org.hibernate..")));
        onlyKnows(
                in("http"),
                not(ours())
                        .or(in("http"))
                        .or(in("runtime"))
                        .or(in("availability"))
                        .or(in("tracing")));
    }

    @Test
    void the_port_is_plain_java() {
        onlyKnows(in("eventstore"), JAVA.or(in("eventstore")));
    }

    @Test
    void how_events_are_stored_is_visible_to_the_event_store_only() {
        noClasses()
                .that(not(in("eventstore..").or(in("operations"))))
                .should()
                .dependOnClassesThat(in("eventstore.postgres..").or(in("eventstore.partitions..")))
                .check(MAIN);
        noClasses()
                .that(not(in("eventstore..").or(in("licensing.events")).or(in("licensing.write"))))
                .should()
                .dependOnClassesThat(in("eventstore.codec"))
                .check(MAIN);
    }

    @Test
    void jpa_stops_at_the_rows() {
        noClasses()
                .that(not(in("eventstore.postgres").or(in("catalog")).or(in("tracing"))))
                .should()
                .dependOnClassesThat(
                        library("jakarta.persistence..").or(library("org.hibernate..")))
                .check(MAIN);
    }

    @Test
    void jdbc_is_for_tables_without_entities_the_schema_and_files_of_the_node() {
        noClasses()
                .that(
                        not(
                                in("eventstore.postgres")
                                        .or(in("eventstore.partitions"))
                                        .or(in("accounting"))
                                        .or(in("licensing.denials"))
                                        .or(in("timeline.simulation"))
                                        .or(in("availability"))
                                        .or(in("fallback"))
                                        .or(in("runtime"))
                                        .or(in("catalog"))))
                .should()
                .dependOnClassesThat(library("java.sql..").or(library("javax.sql..")))
                .check(MAIN);
    }

    @Test
    void the_fallback_knows_only_its_own_disk() {
        onlyKnows(
                in("fallback"),
                JAVA.or(in("fallback"))
                        .or(belongToAnyOf(Ticks.class))
                        .or(library("org.sqlite.."))
                        .or(library("jakarta.annotation"))
                        .or(library("jakarta.enterprise.context.."))
                        .or(library("jakarta.enterprise.event.."))
                        .or(library("jakarta.inject.."))
                        .or(library("org.eclipse.microprofile.config.."))
                        .or(library("org.eclipse.microprofile.metrics..")));
    }

    @Test
    void sqlite_stops_at_the_fallback() {
        noClasses()
                .that(not(in("fallback").or(in("catalog"))))
                .should()
                .dependOnClassesThat(library("org.sqlite.."))
                .check(MAIN);
    }

    @Test
    void telemetry_stops_at_the_traces() {
        noClasses()
                .that(not(in("tracing")))
                .should()
                .dependOnClassesThat(library("io.opentelemetry.."))
                .check(MAIN);
    }

    @Test
    void kryo_stops_at_the_codecs() {
        noClasses()
                .that(not(in("eventstore.codec")))
                .should()
                .dependOnClassesThat(library("com.esotericsoftware.."))
                .check(MAIN);
    }

    @Test
    void http_stops_at_the_resources() {
        noClasses()
                .that(
                        not(
                                in("*.api")
                                        .or(in("operations"))
                                        .or(in("http"))
                                        .or(resideInAPackage(Code.ROOT))))
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
     * What each feature may use of the features below it. Everything that is not listed is
     * forbidden.
     */
    private static boolean mayKnow(JavaClass type, JavaClass other) {
        var feature = feature(type);
        var room = room(type);
        return switch (feature(other)) {
            case String same when same.equals(feature) -> true;
            case "ids", "http", "runtime", "availability", "deadline", "tracing" -> true;
            case "eventstore" ->
                    feature.equals("operations")
                            || CALLS.test(other)
                            || (room.equals("events") && MAPPERS.test(other))
                            || (room.equals("write") && room(other).equals("codec"))
                            || (room(other).isEmpty()
                                    && (room.equals("write")
                                            || room.equals("provisional")
                                            || feature.equals("timeline")
                                            || feature.equals("projection")
                                            || feature.equals("accounting")));
            case "fallback" -> room.equals("provisional");
            case "catalog" ->
                    (feature.equals("licensing") || feature.equals("timeline"))
                            && room(other).isEmpty();
            case "licensing" ->
                    feature.equals("playback")
                            || feature.equals("timeline")
                            || (feature.equals("accounting") && room(other).equals("events"));
            default -> false;
        };
    }

    private static ArchCondition<JavaClass> onlyKnowFeaturesBelow() {
        return new ArchCondition<>("know only the features below") {
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

    /**
     * The slices of the application. Events are the contract between all features, so they are a
     * slice of their own.
     */
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
