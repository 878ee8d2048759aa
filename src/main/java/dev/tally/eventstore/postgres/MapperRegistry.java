package dev.tally.eventstore.postgres;

import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventMappers;

import jakarta.persistence.EntityManager;

import java.util.List;

/**
 * Tells the database what the mappers write, so that {@code tally.event_payload} can read it. A
 * row, once there, is never changed: a mapper that differs from it would misread what is stored.
 */
final class MapperRegistry {

    private MapperRegistry() {}

    /**
     * Adds the mappers that the database does not know.
     *
     * @throws IllegalStateException if it knows one by that number or name that differs
     */
    static void register(EntityManager entityManager, EventMappers mappers) {
        for (var mapper : mappers.all()) {
            entityManager
                    .createNativeQuery(
                            """
                            insert into tally.event_mapper
                                (number, name, stream_type, field_names, field_types)
                            values (:number, :name, :type, cast(:names as text[]), cast(:types as text[]))
                            on conflict do nothing
                            """)
                    .setParameter("number", mapper.number())
                    .setParameter("name", mapper.name())
                    .setParameter("type", mapper.streamType().label())
                    .setParameter("names", array(mapper.fieldNames()))
                    .setParameter("types", array(mapper.fieldTypes()))
                    .executeUpdate();
            check(entityManager, mapper);
        }
    }

    private static void check(EntityManager entityManager, EventMapper<?> mapper) {
        var same =
                entityManager
                        .createNativeQuery(
                                """
                                select field_names = cast(:names as text[])
                                   and field_types = cast(:types as text[])
                                from tally.event_mapper
                                where number = :number and name = :name
                                """,
                                Boolean.class)
                        .setParameter("number", mapper.number())
                        .setParameter("name", mapper.name())
                        .setParameter("names", array(mapper.fieldNames()))
                        .setParameter("types", array(mapper.fieldTypes()))
                        .getResultList();
        if (!same.equals(List.of(true))) {
            throw new IllegalStateException(
                    mapper.name()
                            + " is registered with another number or other fields: it must not be"
                            + " changed");
        }
    }

    private static String[] array(List<String> texts) {
        return texts.toArray(String[]::new);
    }
}
