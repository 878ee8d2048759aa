package dev.tally.eventstore.postgres;

import dev.tally.eventstore.codec.EventMappers;
import dev.tally.runtime.SchemaReady;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;

/** Registers the mappers as soon as there is a registry. */
@ApplicationScoped
public class Registration {

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    @Transactional
    public void register(@Observes SchemaReady ready) {
        MapperRegistry.register(entityManager, new EventMappers());
    }
}
