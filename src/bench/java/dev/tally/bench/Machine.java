package dev.tally.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Describes the machine that the figures were measured on. */
final class Machine {

    private Machine() {}

    static String describe(Instant now) {
        var system = ManagementFactory.getOperatingSystemMXBean();
        return "%s, %d cores; %s %s; Java %s (%s); load %.1f at the start; %s."
                .formatted(
                        processor(),
                        system.getAvailableProcessors(),
                        system.getName(),
                        system.getVersion(),
                        System.getProperty("java.version"),
                        System.getProperty("java.vm.name"),
                        system.getSystemLoadAverage(),
                        now.truncatedTo(ChronoUnit.SECONDS));
    }

    private static String processor() {
        var cpuinfo = Path.of("/proc/cpuinfo");
        if (!Files.exists(cpuinfo)) return System.getProperty("os.arch");
        try (var lines = Files.lines(cpuinfo)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }
}
