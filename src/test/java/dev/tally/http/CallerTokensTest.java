package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** Tokens of an ordinary identity provider are taken, and each other one is told why it is not. */
@SuppressWarnings("UnnecessaryAssignment") // here nothing injects
class CallerTokensTest {

    private static final String ISSUER = "https://login.example";
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final Duration SKEW = Duration.ofSeconds(30);

    private static ECKey curve;
    private static RSAKey rsa;
    private static ECKey stranger;

    @TempDir Path folder;
    private Path keys;
    private Instant now = NOW;
    private CallerTokens tokens;

    @BeforeAll
    static void makeKeys() throws JOSEException {
        curve = new ECKeyGenerator(Curve.P_256).keyID("curve").generate();
        rsa = new RSAKeyGenerator(2048).keyID("rsa").generate();
        stranger = new ECKeyGenerator(Curve.P_256).keyID("stranger").generate();
    }

    @BeforeEach
    void start() throws IOException {
        keys = folder.resolve("keys.json");
        publish(curve, rsa);
        tokens = verifier(keys.toString());
    }

    private void publish(JWK... published) throws IOException {
        Files.writeString(keys, new JWKSet(List.of(published)).toString(true));
    }

    private CallerTokens verifier(String place) {
        var settings = new TokenSettings();
        settings.issuer = Optional.of(ISSUER);
        settings.keys = Optional.of(place);
        settings.audience = Optional.of(List.of("tally", "tally-eu"));
        settings.userClaim = Optional.empty();
        settings.groupsClaim = "groups";
        settings.skew = SKEW;
        var verifier = new CallerTokens();
        verifier.settings = settings;
        verifier.clock = () -> now;
        verifier.prepare();
        return verifier;
    }

    /** What a client gets for its own credentials: no user, only a subject. */
    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience("tally")
                .subject("gateway-7")
                .claim("groups", List.of("edge"))
                .issueTime(Date.from(NOW))
                .expirationTime(Date.from(NOW.plusSeconds(300)));
    }

    private static String token(JWTClaimsSet.Builder claims) {
        return token(claims, JWSAlgorithm.ES256, curve);
    }

    private static String token(JWTClaimsSet.Builder claims, JWSAlgorithm algorithm, JWK key) {
        try {
            JWSSigner signer =
                    key instanceof ECKey ec
                            ? new ECDSASigner(ec)
                            : new RSASSASigner(key.toRSAKey());
            var token =
                    new SignedJWT(
                            new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(),
                            claims.build());
            token.sign(signer);
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String reason(String token) {
        var refused = catchThrowableOfType(TokenRefused.class, () -> tokens.verify(token));
        assertThat(refused).as("The token is taken").isNotNull();
        return refused.getMessage();
    }

    @Test
    void a_client_that_calls_for_itself_is_known_by_its_subject() throws TokenRefused {
        var caller = tokens.verify(token(claims()));

        assertThat(caller.name()).isEqualTo("gateway-7");
        assertThat(caller.roles()).containsExactly("edge");
        assertThat(caller.customer()).isNull();
        assertThat(caller.validUntil()).isEqualTo(NOW.plusSeconds(300).plus(SKEW));
    }

    @ParameterizedTest
    @CsvSource({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
    void the_algorithms_of_rsa_are_taken(String algorithm) throws TokenRefused {
        var token = token(claims(), JWSAlgorithm.parse(algorithm), rsa);

        assertThat(tokens.verify(token).name()).isEqualTo("gateway-7");
    }

    @Test
    void a_token_may_be_for_several_services() throws TokenRefused {
        var token = token(claims().audience(List.of("billing", "tally-eu")));

        assertThat(tokens.verify(token).name()).isEqualTo("gateway-7");
    }

    @Test
    void a_players_token_is_good_for_one_customer() throws TokenRefused {
        assertThat(tokens.verify(token(claims().claim("customer", "anna"))).customer())
                .isEqualTo("anna");
        assertThat(reason(token(claims().claim("customer", 7)))).contains("customer");
        assertThat(reason(token(claims().claim("customer", List.of("anna"))))).contains("customer");
        assertThat(reason(token(claims().claim("customer", "")))).contains("customer");
    }

    @Test
    void an_expired_token_is_told_when() {
        var expired = token(claims().expirationTime(Date.from(NOW.minusSeconds(60))));

        assertThat(reason(expired)).isEqualTo("The token expired at 2026-06-01T11:59:00Z.");
        assertThat(reason(token(claims().expirationTime(null)))).contains("exp");
        assertThat(reason(token(claims().notBeforeTime(Date.from(NOW.plusSeconds(60))))))
                .contains("nbf");
    }

    @Test
    void clocks_may_differ_by_thirty_seconds() throws TokenRefused {
        var expired = token(claims().expirationTime(Date.from(NOW.minus(SKEW).plusSeconds(1))));
        var early = token(claims().notBeforeTime(Date.from(NOW.plus(SKEW))));

        assertThat(tokens.verify(expired).name()).isEqualTo("gateway-7");
        assertThat(tokens.verify(early).name()).isEqualTo("gateway-7");
    }

    @Test
    void thousands_of_callers_are_verified_once_each() throws TokenRefused {
        var callers = new LinkedHashMap<String, TokenCaller>();
        for (int i = 0; i < 5_000; i++) {
            var token = token(claims().subject("player-" + i));
            callers.put(token, tokens.verify(token));
        }

        for (var known : callers.entrySet()) {
            assertThat(tokens.verify(known.getKey())).isSameAs(known.getValue());
        }
    }

    @Test
    void a_token_that_is_remembered_expires_all_the_same() throws TokenRefused {
        var token = token(claims());
        tokens.verify(token);
        now = NOW.plusSeconds(300).plus(SKEW).minusMillis(1);
        tokens.verify(token);

        now = now.plusMillis(1);

        assertThat(reason(token)).startsWith("The token expired");
    }

    @Test
    void each_other_fault_is_told_as_it_is() throws JOSEException {
        assertThat(reason(token(claims(), JWSAlgorithm.ES256, stranger)))
                .contains("a key that is not known");
        assertThat(reason(token(claims().issuer("https://other.example")))).contains("iss");
        assertThat(reason(token(claims().issuer(null)))).contains("iss");
        assertThat(reason(token(claims().audience("billing")))).contains("aud");
        assertThat(reason(token(claims().audience((String) null)))).contains("aud");
        assertThat(reason(token(claims().claim("groups", null)))).contains("groups");
        assertThat(reason(token(claims().subject(null)))).contains("sub");
    }

    @ParameterizedTest
    @CsvSource({"''", "abc", "a.b.c", "e30.e30.e30", "..", "a.b"})
    void what_is_no_token_is_refused(String text) {
        assertThat(reason(text)).isNotEmpty();
    }

    @Test
    void a_token_has_8192_characters_at_most() {
        assertThat(reason("x".repeat(CallerTokens.MAX_CHARACTERS + 1))).contains("8192");
    }

    @Test
    void a_forged_token_is_refused() throws Exception {
        var forger = new ECKeyGenerator(Curve.P_256).keyID("curve").generate();
        assertThat(reason(token(claims(), JWSAlgorithm.ES256, forger))).contains("signature");

        var parts = token(claims()).split("\\.", -1);
        var others = token(claims().subject("operator")).split("\\.", -1);
        assertThat(reason(parts[0] + "." + others[1] + "." + parts[2])).contains("signature");

        assertThat(reason(new PlainJWT(claims().build()).serialize())).contains("signed");

        var secret = new byte[32];
        var shared = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
        shared.sign(new MACSigner(secret));
        assertThat(reason(shared.serialize())).contains("algorithm");
    }

    @Test
    void the_public_key_is_no_shared_secret() throws Exception {
        var known = curve.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8);
        var header = new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("curve").build();
        var token = new SignedJWT(header, claims().build());
        token.sign(new MACSigner(known));

        assertThat(reason(token.serialize())).contains("algorithm");
    }

    @Test
    void a_new_key_of_the_provider_is_known_at_once() throws Exception {
        tokens.verify(token(claims()));

        publish(curve, stranger);

        assertThat(tokens.verify(token(claims(), JWSAlgorithm.ES256, stranger)).name())
                .isEqualTo("gateway-7");
    }

    @Test
    void keys_that_cannot_be_read_are_not_the_callers_fault() throws IOException {
        Files.delete(keys);
        assertUnavailable();
        Files.writeString(keys, "no JSON");
        assertUnavailable();
    }

    private void assertUnavailable() {
        tokens = verifier(keys.toString());
        assertThatThrownBy(() -> tokens.verify(token(claims())))
                .isInstanceOf(IssuerKeys.Unavailable.class);
    }

    @Test
    void the_providers_keys_are_read_from_its_url() throws Exception {
        var provider =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var set = new JWKSet(curve.toPublicJWK()).toString().getBytes(StandardCharsets.UTF_8);
        provider.createContext(
                "/keys",
                exchange -> {
                    exchange.getResponseHeaders().add("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, set.length);
                    exchange.getResponseBody().write(set);
                    exchange.close();
                });
        provider.start();
        try {
            tokens = verifier("http://localhost:" + provider.getAddress().getPort() + "/keys");

            assertThat(tokens.verify(token(claims())).name()).isEqualTo("gateway-7");
        } finally {
            provider.stop(0);
        }
        // The provider is down now, and its keys are still known.
        assertThat(tokens.verify(token(claims().subject("another"))).name()).isEqualTo("another");
    }

    @Test
    void a_missing_setting_is_named() {
        var settings = new TokenSettings();
        settings.issuer = Optional.empty();
        settings.keys = Optional.empty();
        settings.audience = Optional.empty();

        assertThatThrownBy(settings::issuer).hasMessageContaining("TALLY_JWT_ISSUER");
        assertThatThrownBy(settings::keys).hasMessageContaining("TALLY_JWT_KEYS");
        assertThatThrownBy(settings::audience).hasMessageContaining("TALLY_JWT_AUDIENCE");
    }
}
