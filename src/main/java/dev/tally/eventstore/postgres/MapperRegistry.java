package dev.tally.eventstore.postgres;

import dev.tally.eventstore.kryo.EventMapper;
import dev.tally.eventstore.kryo.EventMappers;

import jakarta.persistence.EntityManager;

import java.util.Arrays;
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
     * @throws IllegalStateException if it knows one differently
     */
    static void register(EntityManager entityManager, EventMappers mappers) {
        for (var mapper : mappers.all()) {
            entityManager
                    .createNativeQuery(
                            """
                            insert into tally.event_mapper
                                (name, stream_type, field_names, field_types)
                            values (:name, :type, cast(:names as text[]), cast(:types as text[]))
                            on conflict do nothing
                            """)
                    .setParameter("name", mapper.name())
                    .setParameter("type", mapper.streamType().label())
                    .setParameter("names", array(mapper.fieldNames()))
                    .setParameter("types", array(mapper.fieldTypes()))
                    .executeUpdate();
            check(entityManager, mapper);
        }
    }

    private static void check(EntityManager entityManager, EventMapper<?> mapper) {
        var known =
                (Object[])
                        entityManager
                                .createNativeQuery(
                                        """
                                        select field_names, field_types from tally.event_mapper
                                        where name = :name
                                        """)
                                .setParameter("name", mapper.name())
                                .getSingleResult();
        if (!Arrays.asList((String[]) known[0]).equals(mapper.fieldNames())
                || !Arrays.asList((String[]) known[1]).equals(mapper.fieldTypes())) {
            throw new IllegalStateException(
                    mapper.name() + " is registered with other fields: it must not be changed");
        }
    }

    private static String[] array(List<String> texts) {
        return texts.toArray(String[]::new);
    }
}
