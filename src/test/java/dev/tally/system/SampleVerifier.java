package dev.tally.system;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/**
 * Verifies entitlement tokens with the published keys alone, as a license server or a player does.
 * The document {@code src/docs/players.md} shows it as an example.
 */
final class SampleVerifier {

    private final Map<String, PublicKey> keys = new HashMap<>();

    /**
     * @param keySet answer of {@code GET /.well-known/jwks.json}
     */
    SampleVerifier(JsonNode keySet) throws GeneralSecurityException {
        var curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        var parameters = curve.getParameterSpec(ECParameterSpec.class);
        for (var key : keySet.get("keys")) {
            var point = new ECPoint(number(key.get("x")), number(key.get("y")));
            var spec = new ECPublicKeySpec(point, parameters);
            keys.put(
                    key.get("kid").stringValue(),
                    KeyFactory.getInstance("EC").generatePublic(spec));
        }
    }

    /** The claims of a token that holds at a time. */
    JsonNode verify(String token, String issuer, Instant now) throws GeneralSecurityException {
        var parts = token.split("\\.", -1);
        var header = json(parts[0]);
        var isOurs = header.path("typ").asString("").equals("entitlement+jwt");
        var key = keys.get(header.path("kid").asString(""));
        if (!isOurs || key == null || !header.path("alg").asString("").equals("ES256")) {
            throw new SignatureException("It is no entitlement that can be verified");
        }
        var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initVerify(key);
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) {
            throw new SignatureException("The signature is wrong");
        }
        var claims = json(parts[1]);
        if (!claims.get("iss").stringValue().equals(issuer)) {
            throw new SignatureException("Somebody else issued it");
        }
        if (claims.has("exp") && claims.get("exp").longValue() <= now.getEpochSecond()) {
            throw new SignatureException("It has expired");
        }
        return claims;
    }

    private static JsonNode json(String part) {
        return JsonMapper.shared().readTree(Base64.getUrlDecoder().decode(part));
    }

    private static BigInteger number(JsonNode text) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(text.stringValue()));
    }
}
