package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;

import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.container.annotation.ArquillianTest;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

/** The container provides what handlers need: injection, the persistence unit and transactions. */
@ArquillianTest
class ContainerIT {

    @Inject Transactions transactions;

    @Deployment
    static WebArchive application() {
        return Deployments.tallyWith(ContainerIT.class, Transactions.class, Deployments.class);
    }

    @Test
    void a_method_is_one_transaction_of_the_application_role() {
        var first = transactions.twice();
        assertThat(first.user()).isEqualTo("tally_app");
        assertThat(first.before()).isEqualTo(first.after());
        assertThat(transactions.twice().before()).isNotEqualTo(first.before());
    }

    /** The transaction id at the beginning and at the end of one method. */
    public record Seen(String user, String before, String after) {}

    /** The smallest possible handler. */
    @ApplicationScoped
    public static class Transactions {

        @PersistenceContext(unitName = "tally")
        EntityManager entities;

        @Transactional
        public Seen twice() {
            return new Seen(
                    one("current_user"), one("pg_current_xact_id()"), one("pg_current_xact_id()"));
        }

        private String one(String expression) {
            return (String)
                    entities.createNativeQuery(
                                    "select cast(" + expression + " as text)", String.class)
                            .getSingleResult();
        }
    }
}
