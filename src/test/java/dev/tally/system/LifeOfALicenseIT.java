package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.resolvers.JwksVerificationKeyResolver;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;

/** The life of a license over HTTP: acquired, confirmed, renewed, released. */
class LifeOfALicenseIT {

    private final Customer anna = new Customer();

    @Test
    void a_download_is_acquired_confirmed_renewed_and_released() {
        var title = Customer.newTitle();

        var budget = anna.reader().get(anna.path("/quotas?plan=standard&titleId=" + title)).json();
        assertThat(budget.at("/quotas/0/rule").stringValue()).isEqualTo("maxDownloadDevices");
        assertThat(budget.at("/quotas/0/limit").intValue()).isEqualTo(2);
        assertThat(budget.at("/quotas/0/used").intValue()).isZero();

        var acquired = anna.acquire(title, "phone", "standard");
        assertThat(acquired.status()).isEqualTo(201);
        var license = acquired.json().get("licenseId").stringValue();
        assertThat(acquired.header("Location")).endsWith(anna.path("/licenses/" + license));
        assertThat(acquired.json().get("state").stringValue()).isEqualTo("ISSUED");
        assertThat(acquired.json().get("policyVersion").intValue()).isPositive();
        assertThat(acquired.json().at("/quotas/0/used").intValue()).isEqualTo(1);
        assertThat(between(acquired, "issuedAt", "expiresAt")).isEqualTo(Duration.ofDays(30));

        var again = anna.acquire(title, "phone", "standard");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().get("licenseId").stringValue()).isEqualTo(license);

        assertThat(state(anna.post(license, "/confirmation"))).isEqualTo("CONFIRMED");
        assertThat(state(anna.post(license, "/confirmation"))).isEqualTo("CONFIRMED");

        var renewed = anna.post(license, "/renewals");
        assertThat(renewed.status()).isEqualTo(200);
        assertThat(renewed.json().get("renewals").intValue()).isEqualTo(1);
        assertThat(instant(renewed, "expiresAt")).isAfter(instant(acquired, "expiresAt"));

        var shown = anna.get(license);
        assertThat(shown.status()).isEqualTo(200);
        assertThat(state(shown)).isEqualTo("CONFIRMED");
        assertThat(shown.json().has("token")).as("a reader cannot play").isFalse();

        assertThat(state(anna.post(license, "/release"))).isEqualTo("RELEASED");
        assertThat(state(anna.post(license, "/release"))).isEqualTo("RELEASED");
        assertThat(anna.post(license, "/renewals").problem()).isEqualTo("renewal-denied");

        assertThat(anna.events())
                .containsExactly(
                        "License:1 LicenseIssued",
                        "Download:2 DownloadCounted",
                        "Device:3 DeviceActivated",
                        "License:4 LicenseConfirmed",
                        "License:5 LicenseRenewed",
                        "License:6 LicenseReleased");
    }

    @Test
    void the_past_is_shown_as_it_was() {
        var acquired = anna.acquire(Customer.newTitle(), "phone", "standard");
        var license = acquired.json().get("licenseId").stringValue();
        var released = anna.post(license, "/release");
        assertThat(state(released)).isEqualTo("RELEASED");

        var then = "?asOf=" + acquired.json().get("issuedAt").stringValue();
        assertThat(state(anna.reader().get(anna.path("/licenses/" + license + then))))
                .isEqualTo("ISSUED");
        var list = anna.reader().get(anna.path("/licenses" + then)).json();
        assertThat(list.at("/licenses/0/state").stringValue()).isEqualTo("ISSUED");
        var before = "?asOf=" + instant(acquired, "issuedAt").minusSeconds(1);
        assertThat(anna.reader().get(anna.path("/licenses/" + license + before)).problem())
                .isEqualTo("unknown-license");
    }

    @Test
    void the_token_verifies_from_the_published_keys_alone() throws Exception {
        var title = Customer.newTitle();
        var acquired = anna.acquire(title, "phone", "standard");
        var published = TallyServer.get().client().get("/.well-known/jwks.json");

        assertThat(published.status()).isEqualTo(200);
        assertThat(published.body()).as("nothing that signs").doesNotContain("\"d\"");
        var keys = new JsonWebKeySet(published.body()).getJsonWebKeys();
        var claims =
                new JwtConsumerBuilder()
                        .setVerificationKeyResolver(new JwksVerificationKeyResolver(keys))
                        .setRequireExpirationTime()
                        .setExpectedIssuer("urn:tally")
                        .setExpectedType(true, "entitlement+jwt")
                        .build()
                        .processToClaims(acquired.json().get("token").stringValue());

        assertThat(claims.getSubject()).isEqualTo(anna.id);
        assertThat(claims.getJwtId()).isEqualTo(acquired.json().get("licenseId").stringValue());
        assertThat(claims.getStringClaimValue("title")).isEqualTo(title);
        assertThat(claims.getStringClaimValue("device")).isEqualTo("phone");
        assertThat(claims.getExpirationTime().getValue())
                .isEqualTo(instant(acquired, "expiresAt").getEpochSecond());
    }

    @Test
    void deactivating_a_device_releases_its_licenses() {
        var one = anna.acquire(Customer.newTitle(), "phone", "standard");
        var two = anna.acquire(Customer.newTitle(), "phone", "standard");
        var other = anna.acquire(Customer.newTitle(), "tablet", "standard");

        var off = anna.edge().delete(anna.path("/devices/phone"));

        assertThat(off.status()).isEqualTo(200);
        assertThat(off.json().get("releasedLicenses").size()).isEqualTo(2);
        assertThat(state(anna.get(id(one)))).isEqualTo("RELEASED");
        assertThat(state(anna.get(id(two)))).isEqualTo("RELEASED");
        assertThat(state(anna.get(id(other)))).isEqualTo("ISSUED");
        var again = anna.edge().delete(anna.path("/devices/phone"));
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().get("releasedLicenses").size()).isZero();
        var devices = anna.reader().get(anna.path("/devices")).json().get("devices");
        assertThat(devices.size()).isEqualTo(2);
        assertThat(devices.get(0).get("deviceId").stringValue()).isEqualTo("tablet");
        assertThat(devices.get(0).get("activeDownloads").intValue()).isEqualTo(1);
        assertThat(devices.get(1).get("deactivatedAt").isNull()).isFalse();
    }

    @Test
    void the_operator_revokes_with_a_reason() {
        var license = id(anna.acquire(Customer.newTitle(), "phone", "standard"));

        var revoked =
                anna.operator()
                        .post(
                                anna.path("/licenses/" + license + "/revocation"),
                                "{\"reason\":\"charged back\"}");

        assertThat(revoked.status()).isEqualTo(200);
        assertThat(state(revoked)).isEqualTo("REVOKED");
        assertThat(revoked.json().has("token")).isFalse();
        assertThat(anna.post(license, "/confirmation").problem()).isEqualTo("confirmation-denied");
    }

    private static String id(Client.Answer answer) {
        return answer.json().get("licenseId").stringValue();
    }

    private static String state(Client.Answer answer) {
        return answer.json().get("state").stringValue();
    }

    private static Instant instant(Client.Answer answer, String field) {
        return Instant.parse(answer.json().get(field).stringValue());
    }

    private static Duration between(Client.Answer answer, String from, String to) {
        return Duration.between(instant(answer, from), instant(answer, to));
    }
}
