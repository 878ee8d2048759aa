package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class ClaimNamesTest {

    private static final ClaimNames USUAL = new ClaimNames(ClaimNames.USUAL_USERS, "groups");

    @Test
    void a_name_for_people_comes_before_the_subject() {
        assertThat(USUAL.name(Map.of("sub", "s", "preferred_username", "p", "upn", "u")))
                .contains("u");
        assertThat(USUAL.name(Map.of("sub", "s", "preferred_username", "p"))).contains("p");
        assertThat(USUAL.name(Map.of("sub", "s"))).contains("s");
        assertThat(USUAL.name(Map.of("sub", " "))).isEmpty();
        assertThat(USUAL.name(Map.of("sub", 7))).isEmpty();
    }

    @Test
    void the_claim_of_the_user_may_have_another_name() {
        var client = new ClaimNames(List.of("azp"), "groups");

        assertThat(client.name(Map.of("azp", "gateway", "sub", "s"))).contains("gateway");
        assertThat(client.name(Map.of("sub", "s"))).isEmpty();
    }

    @Test
    void groups_are_a_list_or_words() {
        assertThat(USUAL.groups(Map.of("groups", List.of("edge", "reader"))))
                .containsExactlyInAnyOrder("edge", "reader");
        assertThat(
                        new ClaimNames(ClaimNames.USUAL_USERS, "scope")
                                .groups(Map.of("scope", "openid edge")))
                .containsExactlyInAnyOrder("openid", "edge");
        assertThat(USUAL.groups(Map.of())).isEmpty();
        assertThat(USUAL.groups(Map.of("groups", 7))).isEmpty();
        assertThat(USUAL.groups(Map.of("groups", List.of()))).isEmpty();
    }

    @Test
    void groups_may_lie_inside_other_claims() {
        var roles = new ClaimNames(ClaimNames.USUAL_USERS, "realm_access.roles");
        assertThat(roles.groups(Map.of("realm_access", Map.of("roles", List.of("edge")))))
                .containsExactly("edge");
        assertThat(roles.groups(Map.of("realm_access", "none"))).isEmpty();

        var namespaced = new ClaimNames(ClaimNames.USUAL_USERS, "https://tally.example/roles");
        assertThat(namespaced.groups(Map.of("https://tally.example/roles", List.of("edge"))))
                .containsExactly("edge");
    }
}
