package dev.tally.bench.micro;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;

import dev.tally.licensing.api.SampleAnswers;
import dev.tally.licensing.domain.License;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECGenParameterSpec;

/** Measures making the token of one license, and the signature alone by each provider. */
@State(Scope.Benchmark)
public class SignEntitlement {

    private static final byte[] CLAIMS = "x".repeat(300).getBytes(StandardCharsets.UTF_8);

    private final License license = TypicalCustomer.license(TypicalCustomer.account());
    private SampleAnswers.Signer signer;
    private Signature bySunEc;
    private Signature byCorretto;

    @Setup
    public void keys() throws GeneralSecurityException, IOException {
        signer = SampleAnswers.signer(Path.of("target/bench"));
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        var key = generator.generateKeyPair().getPrivate();
        bySunEc = signature(Security.getProvider("SunEC"), key);
        byCorretto = signature(AmazonCorrettoCryptoProvider.INSTANCE, key);
    }

    private static Signature signature(Provider provider, PrivateKey key)
            throws GeneralSecurityException {
        var signature = Signature.getInstance("SHA256withECDSA", provider);
        signature.initSign(key);
        return signature;
    }

    @Benchmark
    public String token() {
        return signer.token(TypicalCustomer.CUSTOMER, license, TypicalCustomer.NOW);
    }

    @Benchmark
    public byte[] signatureBySunEc() throws SignatureException {
        bySunEc.update(CLAIMS);
        return bySunEc.sign();
    }

    @Benchmark
    public byte[] signatureByCorretto() throws SignatureException {
        byCorretto.update(CLAIMS);
        return byCorretto.sign();
    }
}
