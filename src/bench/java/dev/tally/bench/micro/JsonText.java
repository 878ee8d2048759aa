package dev.tally.bench.micro;

import dev.tally.http.Json;
import dev.tally.licensing.api.AcquireRequest;
import dev.tally.licensing.api.SampleAnswers;
import dev.tally.licensing.domain.Licensing;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.nio.charset.StandardCharsets;

/** Measures reading the request and writing the answer of an acquire. */
@State(Scope.Benchmark)
public class JsonText {

    private final byte[] request =
            """
            {"titleId":"glow-s02e01","deviceId":"phone-9f31c2","deviceName":"Anna's phone",\
            "plan":"premium","type":"DOWNLOAD"}\
            """
                    .getBytes(StandardCharsets.UTF_8);

    private final Object answer = answer();

    @Benchmark
    public AcquireRequest readRequest() {
        return Json.read(request, AcquireRequest.class);
    }

    @Benchmark
    public byte[] writeAnswer() {
        return Json.MAPPER.writeValueAsBytes(answer);
    }

    private static Object answer() {
        var account = TypicalCustomer.account();
        var license = TypicalCustomer.license(account);
        var quotas =
                Licensing.quotas(
                        account,
                        TypicalCustomer.NEW_TITLE,
                        TypicalCustomer.POLICY,
                        license.device(),
                        TypicalCustomer.NOW);
        return SampleAnswers.granted(
                TypicalCustomer.CUSTOMER, license, TypicalCustomer.NOW, quotas);
    }
}
