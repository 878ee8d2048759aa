package dev.tally.catalog;

import dev.tally.ids.TitleId;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.logging.Logger;

/** Reads and writes the catalogue in the database. */
@ApplicationScoped
class CatalogRows {

    private static final Logger LOG = Logger.getLogger(CatalogRows.class.getName());

    /** Statement for many titles at once; the entity manager would take two statements for each. */
    private static final String PUT_TITLES =
            """
            insert into tally.title
                (title_id, name, studio_id, availability_start, availability_end)
            select * from unnest(
                cast(:ids as text[]), cast(:names as text[]), cast(:studios as text[]),
                cast(:starts as timestamptz[]), cast(:ends as timestamptz[]))
            on conflict (title_id) do update set
                name = excluded.name,
                studio_id = excluded.studio_id,
                availability_start = excluded.availability_start,
                availability_end = excluded.availability_end,
                updated_at = now()
            """;

    /**
     * Lock that is held until the version is committed, so that versions become visible in their
     * order: an event that names one of them was decided with all before it.
     */
    private static final String LOCK_POLICIES =
            "select cast(pg_advisory_xact_lock(hashtext('tally.policy')) as text)";

    /** Query for all versions except those that a later one had followed by a given time. */
    private static final String POLICIES =
            """
            select p from PolicyRow p
            where p.version <= :version and not exists (
                select 1 from PolicyRow q
                where q.scope = p.scope and q.scopeId = p.scopeId
                  and q.version > p.version and q.version <= :version
                  and q.validFrom <= :begun)
            """;

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    /** Warnings that this node has logged: the same keys come with every read. */
    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    Optional<Title> title(TitleId id) {
        return Optional.ofNullable(entityManager.find(TitleRow.class, id.value()))
                .map(TitleRow::title);
    }

    /** Titles in the order of their ids, after a given id. */
    List<Title> titles(String after, int limit) {
        return entityManager
                .createQuery(
                        "select t from TitleRow t where t.titleId > :after order by t.titleId",
                        TitleRow.class)
                .setParameter("after", after)
                .setMaxResults(limit)
                .getResultList()
                .stream()
                .map(TitleRow::title)
                .toList();
    }

    /** Inserts or updates titles, all or none; of two titles with one id the later counts. */
    @Transactional
    public void put(Collection<Title> titles) {
        var byId = new TreeMap<String, Title>();
        titles.forEach(title -> byId.put(title.id().value(), title));
        entityManager
                .createNativeQuery(PUT_TITLES)
                .setParameter("ids", texts(byId, title -> title.id().value()))
                .setParameter("names", texts(byId, Title::name))
                .setParameter("studios", texts(byId, title -> title.studio().value()))
                .setParameter("starts", texts(byId, Title::availabilityStart))
                .setParameter("ends", texts(byId, Title::availabilityEnd))
                .executeUpdate();
    }

    /**
     * The versions of each policy that are in force at a time or may be later.
     *
     * @param version version after which all are left out
     */
    PolicySet policies(int version, Instant from) {
        var rows =
                entityManager
                        .createQuery(POLICIES, PolicyRow.class)
                        .setParameter("version", version)
                        .setParameter("begun", from)
                        .getResultList();
        var documents = new ArrayList<PolicyDocument>();
        var unknownScopes = new TreeSet<String>();
        for (var row : rows) {
            read(row).ifPresentOrElse(documents::add, () -> unknownScopes.add(row.scope));
        }
        return new PolicySet(documents, unknownScopes);
    }

    /** The newest version of one policy, begun or not. */
    Optional<PolicyDocument> newest(Scope scope, String id) {
        return entityManager
                .createQuery(
                        """
                        select p from PolicyRow p where p.scope = :scope and p.scopeId = :id
                        order by p.version desc
                        """,
                        PolicyRow.class)
                .setParameter("scope", scope.label())
                .setParameter("id", id)
                .setMaxResults(1)
                .getResultList()
                .stream()
                .findFirst()
                .flatMap(this::read);
    }

    /**
     * Stores the next version of a policy.
     *
     * @param supersedes version that the new one follows; 0 if it is the first
     * @return empty if that version is not the newest: somebody else was first
     */
    @Transactional
    public Optional<PolicyDocument> put(
            Scope scope, String id, int supersedes, PolicySettings settings, Instant validFrom) {
        entityManager.createNativeQuery(LOCK_POLICIES, String.class).getSingleResult();
        var newest = newest(scope, id).map(PolicyDocument::version).orElse(0);
        if (newest != supersedes) {
            return Optional.empty();
        }
        var document = new PolicyDocument(scope, id, nextVersion(), settings, validFrom);
        entityManager.persist(PolicyRow.of(document, supersedes));
        return Optional.of(document);
    }

    private int nextVersion() {
        return (Integer)
                entityManager
                        .createNativeQuery("select nextval('tally.policy_version')", Integer.class)
                        .getSingleResult();
    }

    /** The policy in a row; empty if only a newer release knows its scope. */
    private Optional<PolicyDocument> read(PolicyRow row) {
        var document = Scope.of(row.scope).map(row::document);
        if (document.isEmpty()) {
            logOnce("Policies are of scope " + row.scope + ", of a newer release: ignored");
        } else {
            for (var label : document.get().settings().unknown().keySet()) {
                logOnce("Policies set " + label + " as only a newer release can read: ignored");
            }
        }
        return document;
    }

    private void logOnce(String warning) {
        if (logged.add(warning)) LOG.warning(warning);
    }

    private static String[] texts(Map<String, Title> titles, Function<Title, Object> part) {
        return titles.values().stream()
                .map(part)
                .map(value -> value == null ? null : value.toString())
                .toArray(String[]::new);
    }
}
