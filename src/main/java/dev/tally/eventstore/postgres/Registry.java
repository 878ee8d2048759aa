package dev.tally.eventstore.postgres;

import dev.tally.eventstore.AggregateType;
import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventModel;
import dev.tally.runtime.SchemaReady;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;

import java.util.List;

/**
 * Tells the database the fields of each mapper, so that {@code tally.event_payload} can read
 * events, and the names of aggregate types. A row is never changed: a mapper that differs from its
 * row would misread stored events.
 */
@ApplicationScoped
public class Registry {

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Inject EventModel<?> model;

    @Transactional
    public void register(@Observes SchemaReady ready) {
        register(entityManager, model);
    }

    /**
     * Adds the types and mappers that the database does not have.
     *
     * @throws IllegalStateException if the database has a different one under that number or name
     */
    static void register(EntityManager em, EventModel<?> model) {
        model.aggregates().forEach(type -> register(em, type));
        model.mappers().forEach(mapper -> register(em, mapper));
    }

    private static void register(EntityManager em, AggregateType type) {
        em.createNativeQuery(
                        """
                        insert into tally.aggregate_type (number, name) values (:number, :name)
                        on conflict do nothing
                        """)
                .setParameter("number", type.number())
                .setParameter("name", type.name())
                .executeUpdate();
        var names =
                em.createNativeQuery(
                                "select name from tally.aggregate_type where number = :number",
                                String.class)
                        .setParameter("number", type.number())
                        .getResultList();
        if (!names.equals(List.of(type.name()))) throw differs("Aggregate type " + type.name());
    }

    private static void register(EntityManager em, EventMapper<?> mapper) {
        em.createNativeQuery(
                        """
                        insert into tally.event_mapper
                            (number, aggregate_type, name, field_names, field_types)
                        values (:number, :type, :name, cast(:names as text[]), cast(:types as text[]))
                        on conflict do nothing
                        """)
                .setParameter("number", mapper.number())
                .setParameter("type", mapper.aggregateType().number())
                .setParameter("name", mapper.name())
                .setParameter("names", array(mapper.fieldNames()))
                .setParameter("types", array(mapper.fieldTypes()))
                .executeUpdate();
        var same =
                em.createNativeQuery(
                                """
                                select field_names = cast(:names as text[])
                                   and field_types = cast(:types as text[])
                                from tally.event_mapper
                                where number = :number and name = :name and aggregate_type = :type
                                """,
                                Boolean.class)
                        .setParameter("number", mapper.number())
                        .setParameter("type", mapper.aggregateType().number())
                        .setParameter("name", mapper.name())
                        .setParameter("names", array(mapper.fieldNames()))
                        .setParameter("types", array(mapper.fieldTypes()))
                        .getResultList();
        if (!same.equals(List.of(true))) throw differs("Event mapper " + mapper.name());
    }

    private static IllegalStateException differs(String what) {
        return new IllegalStateException(
                what + " is registered otherwise in the database: it must not be changed");
    }

    private static String[] array(List<String> texts) {
        return texts.toArray(String[]::new);
    }
}
