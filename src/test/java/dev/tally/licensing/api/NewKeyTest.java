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

/** The script that makes keys for a deployment, {@code src/deploy/new-key.sh}. */
class NewKeyTest {

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
    void a_rotated_set_begins_with_the_new_key_and_keeps_the_old_ones() throws Exception {
        var first = keys();
        var second = keys(stored(first));
        var third = keys(stored(second));

        assertThat(third).hasSize(3).endsWith(second.toArray(ECKey[]::new));
        assertThat(third.getFirst()).isNotIn(second);
        assertThat(second).endsWith(first.toArray(ECKey[]::new));
    }

    private String text;

    private Path stored(List<ECKey> keys) throws IOException {
        return Files.writeString(folder.resolve(keys.size() + ".jwks.json"), text);
    }

    private List<ECKey> keys(Path... older) throws Exception {
        var command = new ArrayList<>(List.of("sh", "src/deploy/new-key.sh"));
        for (var set : older) {
            command.add(set.toString());
        }
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
