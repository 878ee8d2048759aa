package dev.tally.http;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Names of the claims that tell who calls, since identity providers differ.
 *
 * @param users claims that may name the caller, the first that is there counts
 * @param groups claim that names the caller's roles: a list, or words in one text as in {@code
 *     scope}. A name with dots that is no claim is a path into claims: {@code realm_access.roles}.
 */
record ClaimNames(List<String> users, String groups) {

    /** Claim that restricts a token to one customer. */
    static final String CUSTOMER = "customer";

    /** The order of MicroProfile JWT 2.1, section 5.2: a name for people, then the subject. */
    static final List<String> USUAL_USERS = List.of("upn", "preferred_username", "sub");

    ClaimNames {
        users = List.copyOf(users);
    }

    /** The caller's name; empty if no claim has one. */
    Optional<String> name(Map<String, Object> claims) {
        return users.stream()
                .map(claims::get)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(name -> !name.isBlank())
                .findFirst();
    }

    /** The caller's groups; empty if there are none. */
    Set<String> groups(Map<String, Object> claims) {
        return texts(claims.containsKey(groups) ? claims.get(groups) : at(groups, claims))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Object at(String path, Map<?, ?> claims) {
        Object value = claims;
        for (var step : path.split("\\.", -1)) {
            value = value instanceof Map<?, ?> map ? map.get(step) : null;
        }
        return value;
    }

    private static Stream<String> texts(Object claim) {
        return switch (claim) {
            case Collection<?> list -> list.stream().filter(Objects::nonNull).map(Object::toString);
            case String words -> Arrays.stream(words.split(" ")).filter(word -> !word.isBlank());
            case null, default -> Stream.empty();
        };
    }
}
