package dev.tally.system;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Sends bytes that no HTTP library would, and reads the answer. A connection is used again as long
 * as the server keeps it.
 */
public final class RawClient implements Closeable {

    private static final int PATIENCE_MILLIS = 20_000;

    private final URI url;
    private Socket socket;
    private InputStream answers;
    private int connections;

    public RawClient(URI url) {
        this.url = url;
    }

    /** An answer; names of headers are in lower case. */
    public record Answer(int status, Map<String, String> headers, String body) {}

    /** Number of connections that this client has opened. */
    int connections() {
        return connections;
    }

    /**
     * Sends a whole request.
     *
     * @throws EOFException if the server closed the connection without an answer
     * @throws IOException if the server reset the connection, or kept silent for 20 seconds
     */
    public Answer send(byte[] request) throws IOException {
        if (socket == null) open();
        socket.getOutputStream().write(request);
        socket.getOutputStream().flush();
        var answer = answer(answers, startsWith(request, "HEAD "));
        if ("close".equalsIgnoreCase(answer.headers.get("connection"))) close();
        return answer;
    }

    private static boolean startsWith(byte[] request, String method) {
        return new String(
                        request,
                        0,
                        Math.min(request.length, method.length()),
                        StandardCharsets.ISO_8859_1)
                .equals(method);
    }

    private void open() throws IOException {
        socket = Sockets.open(url);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        answers = new BufferedInputStream(socket.getInputStream());
        connections++;
    }

    /** Closes the connection; the next request opens another. */
    @Override
    public void close() throws IOException {
        if (socket != null) socket.close();
        socket = null;
    }

    private static Answer answer(InputStream in, boolean bodiless) throws IOException {
        var line = line(in);
        if (!line.startsWith("HTTP/1.1 ")) throw new IOException("No HTTP: " + line);
        var status = Integer.parseInt(line.substring(9, 12));
        var headers = new LinkedHashMap<String, String>();
        for (var header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        if (status == 100) return answer(in, bodiless);
        if (bodiless || status == 204 || status == 304) return new Answer(status, headers, "");
        return new Answer(status, headers, body(in, headers));
    }

    private static String body(InputStream in, Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("content-type", "").startsWith("text/event-stream")) return "";
        var body = new ByteArrayOutputStream();
        if (headers.containsKey("content-length")) {
            body.write(exactly(in, Integer.parseInt(headers.get("content-length"))));
        } else if (headers.containsKey("transfer-encoding")) {
            for (int size = Integer.parseInt(line(in), 16); size > 0; ) {
                body.write(exactly(in, size));
                line(in);
                size = Integer.parseInt(line(in), 16);
            }
            line(in);
        } else {
            in.transferTo(body);
        }
        return body.toString(StandardCharsets.UTF_8);
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        var octets = in.readNBytes(length);
        if (octets.length < length) throw new EOFException("The answer ends early");
        return octets;
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) throw new EOFException("No answer, or one that ends early");
            if (octet != '\r') line.write(octet);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
