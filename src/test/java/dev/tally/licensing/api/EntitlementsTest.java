package dev.tally.licensing.api;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Map.entry;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;

import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.LicenseId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.Licenses;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.LicenseType;
import dev.tally.local.Tokens;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

class EntitlementsTest {

    private static final CustomerId ANNA = new CustomerId("anna \"Ä\"");
    private static final Instant NOW = Instant.parse("2026-11-21T08:15:30.123Z");

    @TempDir Path keys;

    @Test
    void a_token_says_which_title_plays_on_which_device_until_when() throws Exception {
        var claims =
                verified(issued(NOW.plus(Duration.ofDays(30)), Duration.ofDays(2)))
                        .getPayload()
                        .toJSONObject();

        assertThat(claims)
                .isEqualTo(
                        Map.ofEntries(
                                entry("iss", "urn:tally"),
                                entry("sub", "anna \"Ä\""),
                                entry("jti", "license"),
                                entry("iat", NOW.getEpochSecond()),
                                entry("exp", NOW.plus(Duration.ofDays(30)).getEpochSecond()),
                                entry("title", "Glow"),
                                entry("studio", "-"),
                                entry("device", "phone"),
                                entry("type", "DOWNLOAD"),
                                entry("plan", "standard"),
                                entry("offline", true),
                                entry("rentalDuration", "PT720H"),
                                entry("policyVersion", 1L),
                                entry("playbackDuration", "PT48H")));
    }

    @Test
    void a_license_without_end_has_a_token_without_end() throws Exception {
        var claims = new HashMap<>(verified(issued(null, null)).getPayload().toJSONObject());

        assertThat(claims).containsKey("iat").doesNotContainKeys("exp", "playbackDuration");
    }

    @Test
    void the_header_names_type_and_key() throws Exception {
        var header = verified(issued(null, null)).getHeader();

        assertThat(header.getType()).hasToString("entitlement+jwt");
        assertThat(header.getAlgorithm()).hasToString("ES256");
    }

    @Test
    void an_expired_license_has_no_token() throws Exception {
        var signer = SampleAnswers.signer(keys);

        assertThat(signer.token(ANNA, issued(NOW, null), NOW)).isNull();
        assertThat(signer.token(ANNA, issued(NOW.plusMillis(1), null), NOW)).isNotNull();
    }

    private SignedJWT verified(License license) throws Exception {
        var token = SignedJWT.parse(SampleAnswers.signer(keys).token(ANNA, license, NOW));
        var key = JWKSet.load(Tokens.in(keys).entitlementKeys.toFile());
        var signedBy = key.getKeyByKeyId(token.getHeader().getKeyID()).toECKey();
        assertThat(token.verify(new ECDSAVerifier(signedBy.toPublicJWK()))).isTrue();
        return token;
    }

    private static License issued(Instant expiresAt, Duration playbackDuration) {
        var event =
                new LicenseIssued(
                        new LicenseId("license"),
                        new TitleId("Glow"),
                        new StudioId("-"),
                        new DeviceId("phone"),
                        LicenseType.DOWNLOAD,
                        new PlanId("standard"),
                        NOW,
                        expiresAt,
                        playbackDuration,
                        null,
                        1);
        return Licenses.evolve(Licenses.NONE, "License:1:1", event)
                .find(event.license())
                .orElseThrow();
    }
}
