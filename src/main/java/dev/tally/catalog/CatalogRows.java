package dev.tally.catalog;

import dev.tally.http.Json;
import dev.tally.ids.TitleId;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;

import tools.jackson.core.type.TypeReference;

import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** The catalogue in the database. */
@ApplicationScoped
public class CatalogRows {

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

    private static final String PUT_POLICY =
            """
            insert into tally.policy (scope, scope_id, version, supersedes, settings, created_at)
            select :scope, :id, :version, :supersedes, cast(:settings as jsonb), :now
            where :supersedes = coalesce(
                (select max(version) from tally.policy where scope = :scope and scope_id = :id), 0)
            on conflict on constraint policy_version_is_superseded_once do nothing
            """;

    @PersistenceContext(unitName = "tally")
    EntityManager entityManager;

    Optional<Title> title(TitleId id) {
        return Optional.ofNullable(entityManager.find(TitleRow.class, id.value()))
                .map(TitleRow::title);
    }

    /** Titles in the order of their ids, those after a given one. */
    public List<Title> titles(String after, int limit) {
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

    /** Inserts or updates titles, all or none; of two with one id the later counts. */
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

    PolicySet policies() {
        return policiesAsOf(Integer.MAX_VALUE);
    }

    PolicySet policiesAsOf(int version) {
        var newest =
                entityManager
                        .createQuery(
                                """
                                select p from PolicyRow p
                                where p.version <= :version and p.version = (
                                    select max(q.version) from PolicyRow q
                                    where q.scope = p.scope and q.scopeId = p.scopeId
                                      and q.version <= :version)
                                """,
                                PolicyRow.class)
                        .setParameter("version", version)
                        .getResultList();
        return new PolicySet(newest.stream().map(CatalogRows::document).toList());
    }

    /**
     * Stores the next version of a policy.
     *
     * @param supersedes the version that it follows; 0: it is the first
     * @return empty if that version is not the newest: somebody else was first
     */
    @Transactional
    public Optional<PolicyDocument> put(
            Scope scope, String id, int supersedes, Map<PolicyKey, Object> settings, Instant now) {
        var version =
                (Integer)
                        entityManager
                                .createNativeQuery(
                                        "select nextval('tally.policy_version')", Integer.class)
                                .getSingleResult();
        var document = new PolicyDocument(scope, id, version, settings, now);
        var stored =
                entityManager
                        .createNativeQuery(PUT_POLICY)
                        .setParameter("scope", scope.label())
                        .setParameter("id", id)
                        .setParameter("version", version)
                        .setParameter("supersedes", supersedes)
                        .setParameter(
                                "settings",
                                Json.MAPPER.writeValueAsString(document.settingsAsJson()))
                        .setParameter("now", now)
                        .executeUpdate();
        return stored == 0 ? Optional.empty() : Optional.of(document);
    }

    private static PolicyDocument document(PolicyRow row) {
        var settings = new EnumMap<PolicyKey, Object>(PolicyKey.class);
        Json.MAPPER
                .readValue(row.settings, new TypeReference<Map<String, Object>>() {})
                .forEach(
                        (label, value) -> {
                            var key = PolicyKey.of(label).orElseThrow();
                            settings.put(key, key.parse(value));
                        });
        var scope = Scope.valueOf(row.scope.toUpperCase(Locale.ROOT));
        return new PolicyDocument(scope, row.scopeId, row.version, settings, row.createdAt);
    }

    private static String[] texts(Map<String, Title> titles, Function<Title, Object> part) {
        return titles.values().stream()
                .map(part)
                .map(value -> value == null ? null : value.toString())
                .toArray(String[]::new);
    }
}
