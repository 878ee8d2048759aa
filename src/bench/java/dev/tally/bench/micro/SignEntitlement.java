package dev.tally.bench.micro;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;

import dev.tally.licensing.api.SampleAnswers;
import dev.tally.licensing.domain.License;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;

/** The token of one license, signed with ES256. */
@State(Scope.Benchmark)
public class SignEntitlement {

    /** Each is measured in JVMs of its own, so that one run's provider is not the other's. */
    @Param({"SunEC", "AmazonCorrettoCryptoProvider"})
    String provider;

    private final License license = TypicalCustomer.license(TypicalCustomer.account());
    private SampleAnswers.Signer signer;

    @Setup
    public void installProvider() throws GeneralSecurityException, IOException {
        if (provider.equals(AmazonCorrettoCryptoProvider.PROVIDER_NAME)) {
            AmazonCorrettoCryptoProvider.install();
        }
        signer = SampleAnswers.signer(Path.of("target/bench"));
        var signing = Signature.getInstance("SHA256withECDSA").getProvider().getName();
        if (!signing.equals(provider)) {
            throw new IllegalStateException(signing + " would sign instead of " + provider);
        }
    }

    @Benchmark
    public String token() {
        return signer.token(TypicalCustomer.CUSTOMER, license, TypicalCustomer.NOW);
    }
}
