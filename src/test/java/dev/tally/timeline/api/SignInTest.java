package dev.tally.timeline.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page may send a person's code to the provider alone, and only where nobody listens. */
class SignInTest {

    @ParameterizedTest
    @CsvSource({
        "https://login.example.com, https://login.example.com",
        "https://login.example.com:8443/realms/members, https://login.example.com:8443",
        "https://user@login.example.com/tenant/v2.0, https://login.example.com",
        "http://localhost:9000/local, http://localhost:9000",
        "http://127.0.0.1/local, http://127.0.0.1",
        "http://[::1]:9000/, http://[::1]:9000"
    })
    void the_page_asks_the_provider_whose_tokens_are_taken(String issuer, String origin) {
        assertThat(of(issuer, origin).origins()).containsExactly(origin);
        assertThatThrownBy(() -> of(issuer, "https://other.example"))
                .hasMessageContaining("TALLY_UI_ORIGINS lacks the issuer's: " + origin);
    }

    @Test
    void a_provider_may_give_its_tokens_elsewhere() {
        var signIn = of("https://issuer.example", " https://issuer.example  https://pool.example");

        assertThat(signIn.origins())
                .containsExactlyInAnyOrder("https://issuer.example", "https://pool.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tally-local",
                "http://login.example.com",
                "https:login",
                "https:///path",
                "https://a.example;script-src",
                "https://a_b.example;x",
                "ftp://login.example.com",
                "http://localhost.example.com",
                "http://[::2]/"
            })
    void an_address_where_others_may_listen_is_refused_by_the_name_of_its_variable(String wrong) {
        assertThatThrownBy(() -> of(wrong, "https://issuer.example"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TALLY_JWT_ISSUER")
                .hasMessageContaining(wrong);
        assertThatThrownBy(() -> of("https://issuer.example", wrong))
                .hasMessageContaining("TALLY_UI_ORIGINS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://issuer.example/", "https://issuer.example/token", "none"})
    void what_is_no_origin_is_not_put_into_a_policy(String wrong) {
        assertThatThrownBy(() -> of("https://issuer.example", "https://issuer.example " + wrong))
                .hasMessageContaining("TALLY_UI_ORIGINS");
    }

    private static SignIn of(String issuer, String origins) {
        return SignIn.of(issuer, "page", "openid", origins);
    }
}
