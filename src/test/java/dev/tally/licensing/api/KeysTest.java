package dev.tally.licensing.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The script that makes keys for a deployment, {@code src/deploy/keys.sh}. */
class KeysTest {

    @TempDir Path folder;

    @BeforeAll
    static void needsOpenssl() throws Exception {
        var found = new ProcessBuilder("sh", "-c", "command -v openssl").start().waitFor();
        assumeThat(found).as("openssl is installed").isZero();
    }

    /** Repeated, because numbers may begin with zeros. */
    @RepeatedTest(8)
    void a_new_key_signs_and_is_named_by_its_thumbprint() throws Exception {
        var key = keys().getFirst();
        var signed = new JWSObject(new JWSHeader(JWSAlgorithm.ES256), new Payload("a license"));
        signed.sign(new ECDSASigner(key));

        assertThat(signed.verify(new ECDSAVerifier(key.toPublicJWK()))).isTrue();
        assertThat(key.getKeyID()).isEqualTo(key.computeThumbprint().toString());
        assertThat(key.getAlgorithm()).isEqualTo(JWSAlgorithm.ES256);
    }

    @Test
    void a_key_is_published_before_it_signs() throws Exception {
        var first = keys();
        var second = keys("add", stored(first));
        var third = keys("add", stored(second));

        var used = keys("use", stored(third));

        assertThat(second).hasSize(2).startsWith(first.getFirst());
        assertThat(third).hasSize(3).startsWith(second.get(0), second.get(1));
        assertThat(used).containsExactly(third.get(2), third.get(0), third.get(1));
    }

    private String text;

    private String stored(List<ECKey> keys) throws IOException {
        var file = folder.resolve(keys.size() + ".jwks.json");
        return Files.writeString(file, text).toString();
    }

    private List<ECKey> keys(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("sh", "src/deploy/keys.sh"));
        command.addAll(List.of(arguments));
        var script =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        text = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(script.waitFor()).isZero();
        var keys = new ArrayList<ECKey>();
        for (var key : JWKSet.parse(text).getKeys()) {
            keys.add(key.toECKey());
        }
        return keys;
    }
}
