package dev.tally.system;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.trace.v1.Span;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.GZIPInputStream;

/** Takes what nodes export by the protocol of OpenTelemetry (OTLP 1.5, over HTTP), and keeps it. */
final class Collector implements AutoCloseable {

    private final HttpServer server;
    private final ConcurrentLinkedQueue<Span> spans = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<LogRecord> logs = new ConcurrentLinkedQueue<>();
    private final Set<String> metrics = ConcurrentHashMap.newKeySet();

    Collector() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::take);
        server.start();
    }

    /** Variables that make a node export to this collector, soon. */
    Map<String, String> variables() {
        return Map.of(
                "OTEL_SDK_DISABLED", "false",
                "OTEL_SERVICE_NAME", "tally",
                "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:" + server.getAddress().getPort(),
                "OTEL_BSP_SCHEDULE_DELAY", "200",
                "OTEL_BLRP_SCHEDULE_DELAY", "200",
                "OTEL_METRIC_EXPORT_INTERVAL", "1000");
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            var zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            var in = exchange.getRequestBody();
            var body = (zipped ? new GZIPInputStream(in) : in).readAllBytes();
            switch (exchange.getRequestURI().getPath()) {
                case "/v1/traces" -> takeSpans(body);
                case "/v1/logs" -> takeLogs(body);
                case "/v1/metrics" -> takeMetrics(body);
                default -> throw new IOException(exchange.getRequestURI().toString());
            }
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private void takeSpans(byte[] body) throws IOException {
        for (var resource : ExportTraceServiceRequest.parseFrom(body).getResourceSpansList()) {
            for (var scope : resource.getScopeSpansList()) spans.addAll(scope.getSpansList());
        }
    }

    private void takeLogs(byte[] body) throws IOException {
        for (var resource : ExportLogsServiceRequest.parseFrom(body).getResourceLogsList()) {
            for (var scope : resource.getScopeLogsList()) logs.addAll(scope.getLogRecordsList());
        }
    }

    private void takeMetrics(byte[] body) throws IOException {
        for (var resource : ExportMetricsServiceRequest.parseFrom(body).getResourceMetricsList()) {
            for (var scope : resource.getScopeMetricsList()) {
                for (var metric : scope.getMetricsList()) metrics.add(metric.getName());
            }
        }
    }

    /** The spans of a trace that have arrived. */
    List<Span> spans(String trace) {
        return spans.stream().filter(span -> hex(span.getTraceId()).equals(trace)).toList();
    }

    /** The texts of the log records that have arrived. */
    List<String> logs() {
        return logs.stream().map(log -> log.getBody().getStringValue()).toList();
    }

    /** The names of the metrics that have arrived. */
    Set<String> metrics() {
        return Set.copyOf(metrics);
    }

    private static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
