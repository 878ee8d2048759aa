package dev.tally.catalog;

import dev.tally.availability.Guarded;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceContext;
import jakarta.persistence.Query;
import jakarta.persistence.Tuple;
import jakarta.transaction.Transactional;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/** Reads and writes the catalogue in the database. */
@Guarded
@ApplicationScoped
class CatalogRows {

    private static final Logger LOG = Logger.getLogger(CatalogRows.class.getName());

    /** Warnings that this node has logged: the same keys come with every read. */
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    /**
     * Statement for many titles at once; the entity manager would take two statements for each. A
     * title that is as it is to be is not written. The answer is the versions that were written.
     */
    private static final String PUT_TITLES =
            """
            with written as (
                insert into tally.title as t
                    (title_id, name, studio_id, availability_start, availability_end)
                select * from unnest(
                    cast(:ids as text[]), cast(:names as text[]), cast(:studios as text[]),
                    cast(:starts as timestamptz[]), cast(:ends as timestamptz[]))
                on conflict (title_id) do update set
                    name = excluded.name,
                    studio_id = excluded.studio_id,
                    availability_start = excluded.availability_start,
                    availability_end = excluded.availability_end,
                    version = t.version + 1,
                    changed_at = greatest(now(), t.changed_at + interval '1 microsecond')
                where cast(:mayReplace as boolean)
                    and (t.name, t.studio_id, t.availability_start, t.availability_end)
                    is distinct from (
                        excluded.name, excluded.studio_id,
                        excluded.availability_start, excluded.availability_end)
                returning *)
            insert into tally.title_history
                (title_id, version, name, studio_id, availability_start, availability_end,
                 changed_at)
            select title_id, version, name, studio_id, availability_start, availability_end,
                changed_at
            from written
            returning title_id, version
            """;

    /**
     * The places of titles that the database has not got. A title that was lost may have been
     * written again, perhaps as a later version; another one may have its number. A title that was
     * loaded by SQL has no history yet. The subqueries cannot be turned into joins, so each title
     * is one look into an index, and a second one if it has no history.
     */
    private static final String LOST_TITLES =
            """
            select a.place
            from unnest(
                cast(:ids as text[]), cast(:versions as int[]), cast(:names as text[]),
                cast(:studios as text[]), cast(:starts as timestamptz[]),
                cast(:ends as timestamptz[]))
                with ordinality as a (title_id, version, name, studio_id, availability_start,
                    availability_end, place)
            where coalesce(
                (select h.version from tally.title_history h
                where h.title_id = a.title_id and h.version >= a.version
                  and (h.name, h.studio_id, h.availability_start, h.availability_end)
                    is not distinct from
                    (a.name, a.studio_id, a.availability_start, a.availability_end)
                limit 1),
                (select t.version from tally.title t
                where t.title_id = a.title_id and t.version >= a.version
                  and (t.name, t.studio_id, t.availability_start, t.availability_end)
                    is not distinct from
                    (a.name, a.studio_id, a.availability_start, a.availability_end)
                limit 1)) is null
            order by a.place
            """;

    /** The places of versions of policies that are not stored; see {@link #LOST_TITLES}. */
    private static final String LOST_POLICIES =
            """
            select a.place
            from unnest(
                cast(:scopes as text[]), cast(:ids as text[]), cast(:versions as int[]),
                cast(:settings as text[]), cast(:removed as boolean[]))
                with ordinality as a (scope, scope_id, version, settings, removed, place)
            where (select p.version from tally.policy p
                where p.scope = a.scope and p.scope_id = a.scope_id and p.version >= a.version
                  and p.settings = cast(a.settings as jsonb) and p.removed = a.removed
                limit 1) is null
            order by a.place
            """;

    private static final String TITLES_AS_OF =
            """
            select distinct on (title_id) title_id, name, studio_id, availability_start,
                availability_end, version, changed_at
            from tally.title_history
            where title_id = any(cast(:ids as text[])) and changed_at <= :at
            order by title_id, version desc
            """;

    private static final String ENDS_AS_OF =
            """
            select distinct on (title_id) title_id, availability_end
            from tally.title_history
            where title_id = any(cast(:ids as text[])) and changed_at <= :at
            order by title_id, version desc
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

    /**
     * Query for what tells one database from another. After a restore to an earlier time, and where
     * a standby has taken over, the newest changes may be missing: another process of the server
     * has another start. A dump that is restored makes its tables anew.
     */
    private static final String SOURCE =
            """
            select cast(s.system_identifier as text) as cluster,
                concat_ws('-', extract(epoch from pg_postmaster_start_time()), d.oid,
                    cast(cast('tally.title' as regclass) as oid)) as version,
                now() as now
            from pg_control_system() s, pg_database d
            where d.datname = current_database()
            """;

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    public Optional<TitleVersion> title(TitleId id) {
        return Optional.ofNullable(entityManager.find(TitleRow.class, id.value()))
                .map(TitleRow::titleVersion);
    }

    /** The version of a title at a time. */
    public Optional<Title> title(TitleId id, Instant at) {
        return Optional.ofNullable(titles(Set.of(id), at).get(id));
    }

    /** Some titles as they were at a time, in one query; those that there were not are left out. */
    public Map<TitleId, Title> titles(Set<TitleId> ids, Instant at) {
        List<TitleRow> found =
                list(
                        entityManager
                                .createNativeQuery(TITLES_AS_OF, TitleRow.class)
                                .setParameter("ids", texts(ids))
                                .setParameter("at", at));
        return found.stream()
                .map(row -> row.titleVersion().title())
                .collect(Collectors.toMap(Title::id, Function.identity()));
    }

    /** Those of some titles that there are, in one query. */
    public Map<TitleId, TitleVersion> titles(Set<TitleId> ids) {
        List<TitleRow> found =
                list(
                        entityManager
                                .createNativeQuery(
                                        "select * from tally.title"
                                                + " where title_id = any(cast(:ids as text[]))",
                                        TitleRow.class)
                                .setParameter("ids", texts(ids)));
        return found.stream()
                .map(TitleRow::titleVersion)
                .collect(Collectors.toMap(title -> title.title().id(), Function.identity()));
    }

    /**
     * Some titles that have changed.
     *
     * @param until time of the database at which this was asked
     */
    record Changes(Instant until, List<TitleId> titles) {}

    /**
     * The titles that have changed since a time of the database.
     *
     * @param since null: only the time is asked for
     */
    public Changes titlesChanged(Instant since, int limit) {
        var until =
                (Instant)
                        entityManager
                                .createNativeQuery("select now()", Instant.class)
                                .getSingleResult();
        if (since == null) return new Changes(until, List.of());
        List<String> changed =
                list(
                        entityManager
                                .createNativeQuery(
                                        "select title_id from tally.title"
                                                + " where changed_at > :since",
                                        String.class)
                                .setParameter("since", since)
                                .setMaxResults(limit));
        return new Changes(until, changed.stream().map(TitleId::new).toList());
    }

    /**
     * The database that answers.
     *
     * @param cluster identifier of the cluster of databases that it belongs to
     * @param version changes when the database may lack something that it had
     * @param now its time
     */
    record Source(String cluster, String version, Instant now) {}

    public Source source() {
        var row = (Tuple) entityManager.createNativeQuery(SOURCE, Tuple.class).getSingleResult();
        return new Source(
                row.get("cluster", String.class),
                row.get("version", String.class),
                row.get("now", Instant.class));
    }

    /** The ends of availability that titles had at a time; a title without an end is left out. */
    public Map<TitleId, Instant> availabilityEnds(Set<TitleId> ids, Instant at) {
        List<Tuple> found =
                list(
                        entityManager
                                .createNativeQuery(ENDS_AS_OF, Tuple.class)
                                .setParameter("ids", texts(ids))
                                .setParameter("at", at));
        var ends = new HashMap<TitleId, Instant>();
        for (var row : found) {
            var end = row.get("availability_end", Instant.class);
            if (end != null) ends.put(new TitleId(row.get("title_id", String.class)), end);
        }
        return ends;
    }

    /** True if a title names the studio. */
    public boolean hasStudio(StudioId id) {
        return !entityManager
                .createQuery("select t.titleId from TitleRow t where t.studioId = :id")
                .setParameter("id", id.value())
                .setMaxResults(1)
                .getResultList()
                .isEmpty();
    }

    /** Titles in the order of their ids, after a given id. */
    public List<TitleVersion> titles(String after, int limit) {
        return entityManager
                .createQuery(
                        "select t from TitleRow t where t.titleId > :after order by t.titleId",
                        TitleRow.class)
                .setParameter("after", after)
                .setMaxResults(limit)
                .getResultList()
                .stream()
                .map(TitleRow::titleVersion)
                .toList();
    }

    /**
     * Inserts or updates titles, all or none; of two titles with one id the later counts.
     *
     * @return those that were written, since they were not as they were to be
     */
    @Transactional
    public List<TitleVersion> put(Collection<Title> titles) {
        var byId = new TreeMap<String, Title>();
        titles.forEach(title -> byId.put(title.id().value(), title));
        return write(byId, true);
    }

    /**
     * Stores one title.
     *
     * @param condition what must be true of the version that is there; 0: none is
     * @return empty if it is not true
     */
    @Transactional
    public Optional<PutTitle> put(Title title, IntPredicate condition) {
        var id = title.id().value();
        var there = entityManager.find(TitleRow.class, id, LockModeType.PESSIMISTIC_WRITE);
        var version = there == null ? 0 : there.version;
        if (!condition.test(version)) return Optional.empty();
        // A title that another node creates at this moment may be replaced only by who does not
        // mind.
        var mayReplace = version != 0 || condition.test(1);
        var written = !write(new TreeMap<>(Map.of(id, title)), mayReplace).isEmpty();
        if (!written && !mayReplace) return Optional.empty();
        entityManager.clear();
        var stored = title(title.id()).orElseThrow();
        return Optional.of(new PutTitle(stored, written && stored.version() == 1));
    }

    private List<TitleVersion> write(SortedMap<String, Title> byId, boolean mayReplace) {
        List<Tuple> written =
                list(
                        entityManager
                                .createNativeQuery(PUT_TITLES, Tuple.class)
                                .setParameter("mayReplace", mayReplace)
                                .setParameter("ids", texts(byId, title -> title.id().value()))
                                .setParameter("names", texts(byId, Title::name))
                                .setParameter(
                                        "studios", texts(byId, title -> title.studio().value()))
                                .setParameter("starts", texts(byId, Title::availabilityStart))
                                .setParameter("ends", texts(byId, Title::availabilityEnd)));
        return written.stream()
                .map(
                        row ->
                                new TitleVersion(
                                        byId.get(row.get("title_id", String.class)),
                                        row.get("version", Integer.class)))
                .toList();
    }

    /** Those of some versions of titles that the database has not got. */
    public List<TitleVersion> lostTitles(List<TitleVersion> known) {
        List<Number> places =
                list(
                        entityManager
                                .createNativeQuery(LOST_TITLES)
                                .setParameter("ids", texts(known, t -> t.title().id().value()))
                                .setParameter("versions", texts(known, TitleVersion::version))
                                .setParameter("names", texts(known, t -> t.title().name()))
                                .setParameter(
                                        "studios", texts(known, t -> t.title().studio().value()))
                                .setParameter(
                                        "starts", texts(known, t -> t.title().availabilityStart()))
                                .setParameter(
                                        "ends", texts(known, t -> t.title().availabilityEnd())));
        return places.stream().map(place -> known.get(place.intValue() - 1)).toList();
    }

    /** Those of some versions of policies that the database has not got. */
    public List<PolicyRow> lostPolicies(List<PolicyRow> known) {
        List<Number> places =
                list(
                        entityManager
                                .createNativeQuery(LOST_POLICIES)
                                .setParameter("scopes", texts(known, p -> p.scope))
                                .setParameter("ids", texts(known, p -> p.scopeId))
                                .setParameter("versions", texts(known, p -> p.version))
                                .setParameter("settings", texts(known, p -> p.settings))
                                .setParameter("removed", texts(known, p -> p.removed)));
        return places.stream().map(place -> known.get(place.intValue() - 1)).toList();
    }

    /**
     * The versions of each policy that are in force at a time or may be later.
     *
     * @param version version after which all are left out
     */
    public PolicySet policies(int version, Instant from) {
        var rows =
                entityManager
                        .createQuery(POLICIES, PolicyRow.class)
                        .setParameter("version", version)
                        .setParameter("begun", from)
                        .getResultList();
        return policySet(rows);
    }

    /**
     * A page of all versions of all policies, in the order in which they were written.
     *
     * @param last last row of the page before; null for the first page
     */
    public List<PolicyRow> policiesAfter(PolicyRow last, int limit) {
        return entityManager
                .createQuery(
                        """
                        select p from PolicyRow p
                        where (p.version, p.scope, p.scopeId) > (:version, :scope, :id)
                        order by p.version, p.scope, p.scopeId
                        """,
                        PolicyRow.class)
                .setParameter("version", last == null ? 0 : last.version)
                .setParameter("scope", last == null ? "" : last.scope)
                .setParameter("id", last == null ? "" : last.scopeId)
                .setMaxResults(limit)
                .getResultList();
    }

    /**
     * The policies in some rows, as this node reads them. This needs no database, so no circuit may
     * stand before it: a method of the bean would be refused during an outage.
     */
    static PolicySet policySet(Collection<PolicyRow> rows) {
        var documents = new ArrayList<PolicyDocument>();
        var unknownScopes = new TreeSet<String>();
        for (var row : rows) {
            read(row).ifPresentOrElse(documents::add, () -> unknownScopes.add(row.scope));
        }
        return new PolicySet(documents, unknownScopes);
    }

    /** The newest version of any policy; 0 if there are none. */
    public int newestVersion() {
        return entityManager
                .createQuery("select coalesce(max(p.version), 0) from PolicyRow p", Integer.class)
                .getSingleResult();
    }

    /** The newest version of one policy, begun or not, perhaps one that says it is removed. */
    public Optional<PolicyDocument> newest(Scope scope, String id) {
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
                .flatMap(CatalogRows::read);
    }

    /**
     * Stores the next version of a policy.
     *
     * @param supersedes version that the new one follows; 0 if it is the first
     * @param settings null: the version says that the policy is removed
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
        var document =
                settings == null
                        ? PolicyDocument.removal(scope, id, nextVersion(), validFrom)
                        : new PolicyDocument(scope, id, nextVersion(), settings, validFrom);
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
    private static Optional<PolicyDocument> read(PolicyRow row) {
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

    private static void logOnce(String warning) {
        if (LOGGED.add(warning)) LOG.warning(warning);
    }

    @SuppressWarnings("unchecked") // a native query's result has the class that it was made with
    private static <T> List<T> list(Query query) {
        return query.getResultList();
    }

    private static String[] texts(Set<TitleId> ids) {
        return ids.stream().map(TitleId::value).toArray(String[]::new);
    }

    private static String[] texts(Map<String, Title> titles, Function<Title, Object> part) {
        return texts(titles.values(), part);
    }

    private static <T> String[] texts(Collection<T> all, Function<T, Object> part) {
        return all.stream()
                .map(part)
                .map(value -> value == null ? null : value.toString())
                .toArray(String[]::new);
    }
}
