package dev.tally.licensing.api;

import dev.tally.http.Problem;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.ext.Provider;

import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

import java.util.List;

/** Counts denials by rule. A denial that several rules caused counts once for each. */
@Provider
@ApplicationScoped
public class DenialMetrics implements ContainerResponseFilter {

    @Inject MetricRegistry registry;

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext answer) {
        if (answer.getEntity() instanceof Problem problem) count(problem);
    }

    /** Counts the violated rules of a problem, if it is a denial. */
    public void count(Problem problem) {
        if (!(problem.members().get(Denials.VIOLATIONS) instanceof List<?> rules)) return;
        for (var rule : rules) if (rule instanceof RuleView violated) count(violated.rule());
    }

    private void count(String rule) {
        var metadata =
                Metadata.builder()
                        .withName("tally.denials")
                        .withDescription("Denials by rule that was violated.")
                        .build();
        registry.counter(metadata, new Tag("rule", rule)).inc();
    }
}
