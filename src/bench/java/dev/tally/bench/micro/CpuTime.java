package dev.tally.bench.micro;

import com.sun.management.OperatingSystemMXBean;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;

/**
 * Measures the processor time of one operation, including the garbage collector's share. Unlike
 * elapsed time it can be compared even if other processes use the machine.
 */
public final class CpuTime implements InternalProfiler {

    static final String MICROSECONDS = "cpu.time.norm";

    private final OperatingSystemMXBean process =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private long startedAt;

    @Override
    public String getDescription() {
        return "processor time of one operation";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        startedAt = process.getProcessCpuTime();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        var microseconds = (process.getProcessCpuTime() - startedAt) / 1e3;
        var operations = result.getMetadata().getAllOps();
        return List.of(
                new ScalarResult(
                        MICROSECONDS, microseconds / operations, "us/op", AggregationPolicy.AVG));
    }
}
